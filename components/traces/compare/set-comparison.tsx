'use client';

import { useQuery } from '@tanstack/react-query';
import { Check } from 'lucide-react';
import { useMemo } from 'react';
import { paths, withParams } from '#components/api/paths.ts';
import { formatNumber } from '#components/charts/format-number.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { formatInstant } from '#components/time/time-boundary.ts';
import { AttributeDifferences } from '#components/traces/search/attribute-differences.tsx';
import { staticOf } from '#components/traces/search/conditions.ts';
import { toggleChoice } from '#components/traces/search/query-edits.ts';
import { readField, readQuery, writeQuery } from '#components/traces/search/query-text.ts';
import { SourceNotes } from '#components/traces/search/source-notes.tsx';
import { Checkbox } from '#components/ui/checkbox.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { Panel } from '#components/ui/panel.tsx';
import type { EmptyStateProps } from '#components/ui/states.tsx';
import type { CompareSetsResponse } from '#server/traces/compare/schemas.ts';
import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { DeltasAnswer } from '#server/traces/trace-questions.ts';
import type { CompareState, SetCompare } from './compare-params.ts';
import { DifferenceCell } from './difference-cell.tsx';
import { chanceText } from './difference-text.ts';
import { ChangeBadge, PlaceTree, type PlaceColumn } from './place-tree.tsx';
import { compareSetsQuery } from './queries.ts';
import type { setWindows } from './set-range.ts';
import { windowText } from './set-range-choice.tsx';

type PlaceDifference = CompareSetsResponse['places'][number];

/** Traces of each side that are looked at; more are sampled. */
const TRACES = 400;
/** Of the differences that are marked, about so many come about by chance. */
const CHANCE = 0.05;
const ATTRIBUTES = 12;

export interface SetComparisonProps {
  readonly qa: string;
  readonly qb: string;
  readonly windows: ReturnType<typeof setWindows>;
  readonly state: CompareState;
  readonly set: SetCompare;
}

/** Two sets of traces: what takes longer or fails more in one of them, how sure that is, and what else tells them apart. */
export function SetComparison({ qa, qb, windows, state, set }: SetComparisonProps) {
  const query = useQuery(compareSetsQuery({ qa, qb, fromA: windows.a.fromMs, toA: windows.a.toMs, fromB: windows.b.fromMs, toB: windows.b.toMs, limit: TRACES }));
  return (
    <DataState query={query} empty={emptySide}>
      {(answer) => (
        <div className="flex flex-col gap-3">
          <div className="grid gap-3 md:grid-cols-2">
            <Side letter="A" answer={answer} />
            <Side letter="B" answer={answer} />
          </div>
          <p className="text-label text-fg-secondary" role="status">
            {verdict(answer)}
          </p>
          <Panel
            title="Places of the call tree"
            note={`B less A; pale where it may well be chance (more than ${CHANCE * 100} % of such findings are: Mann–Whitney, Fisher)`}
            actions={<Checkbox checked={state.only} onCheckedChange={(only) => set({ only, place: null })} label="Only what differs" />}
            flush
          >
            <Places answer={answer} state={state} set={set} />
          </Panel>
          {answer.attributes.length > 0 && (
            <Panel title="What tells them apart" note="attributes of spans, by their share on each side">
              <AttributeDifferences
                // Safe because attribute values come as the JSON of their own type.
                attributes={answer.attributes.slice(0, ATTRIBUTES) as DeltasAnswer['attributes']}
                inside="in B"
                outside="in A"
                onChoose={(field, value, how) => {
                  const next = narrowed(qa, qb, field, value, how);
                  if (next !== undefined) set(next);
                }}
              />
            </Panel>
          )}
        </div>
      )}
    </DataState>
  );
}

function emptySide({ a, b, selections }: CompareSetsResponse): EmptyStateProps | undefined {
  if (a.traces > 0 && b.traces > 0) return undefined;
  const [letter, range] = a.traces === 0 ? ['A', selections.a] : ['B', selections.b];
  return { title: `No trace matches ${letter} in its range, ${windowText(range)}`, hint: 'Give it another range, or change its query.' };
}

function Side({ letter, answer }: { readonly letter: 'A' | 'B'; readonly answer: CompareSetsResponse }) {
  const [facts, selection] = letter === 'A' ? [answer.a, answer.selections.a] : [answer.b, answer.selections.b];
  const { q, reach, fromMs, toMs } = selection;
  return (
    <section aria-label={`Set ${letter}`} className="flex min-w-0 flex-col gap-1 rounded-panel border border-line bg-panel px-3 py-2">
      <h2 className="flex min-w-0 items-center gap-2 text-body">
        <span className={letter === 'A' ? 'font-mono font-semibold text-fg-secondary' : 'font-mono font-semibold text-accent'}>{letter}</span>
        <AppLink href={withParams(paths.traces(q), { from: formatInstant(fromMs), to: formatInstant(toMs + 999) })} className="min-w-0 truncate font-mono text-label hover:underline" title={q}>
          {q === '' ? 'all traces' : q}
        </AppLink>
        <span className="ml-auto">
          <SourceNotes exact={reach.exact} notes={reach.notes} />
        </span>
      </h2>
      <p className="flex flex-wrap gap-x-4 text-label text-fg-secondary tabular-nums">
        <span>{windowText(selection)}</span>
        <span>
          {formatNumber(facts.traces, 'count')} traces{reach.used < reach.total && ` of ${formatNumber(reach.total, 'count')}, a fair sample`}
        </span>
        <span>p50 {formatNumber(facts.p50 / 1e6, 'ms')}</span>
        <span>p95 {formatNumber(facts.p95 / 1e6, 'ms')}</span>
        <span>p99 {formatNumber(facts.p99 / 1e6, 'ms')}</span>
        <span>{formatNumber(facts.errors / Math.max(1, facts.traces))} errors a trace</span>
      </p>
    </section>
  );
}

/** Which side is slower as a whole, in one sentence. */
function verdict({ duration }: CompareSetsResponse): string {
  const share = Math.max(duration.probabilityGreater, 1 - duration.probabilityGreater);
  if (duration.p > CHANCE) return `Whole traces take about as long on both sides (${chanceText(duration.p)}).`;
  return `A trace of ${duration.probabilityGreater > 0.5 ? 'B' : 'A'} takes longer than one of the other side in ${formatNumber(share, 'ratio')} of all pairs (${chanceText(duration.p)}).`;
}

function Places({ answer, state, set }: { readonly answer: CompareSetsResponse } & Pick<SetComparisonProps, 'state' | 'set'>) {
  const columns = useMemo((): readonly PlaceColumn[] => {
    const cell = (show: (place: PlaceDifference) => React.ReactNode) => (index: number) => {
      const place = answer.places[index];
      return place === undefined ? null : show(place);
    };
    const both = ({ a, b }: PlaceDifference): boolean => a.traces > 0 && b.traces > 0;
    return [
      { id: 'presence', header: 'In traces', hint: 'Share of the traces that have the place, A → B', width: 104, align: 'right', cell: cell(({ a, b }) => <span className="tabular-nums">{a.presence === b.presence ? formatNumber(a.presence, 'ratio') : `${formatNumber(a.presence, 'ratio')} → ${formatNumber(b.presence, 'ratio')}`}</span>) },
      { id: 'p50', header: 'Δ p50', hint: 'Median duration of a call, B less A', width: 144, align: 'right', cell: cell((place) => (both(place) ? <DifferenceCell a={place.a.p50 / 1e6} b={place.b.p50 / 1e6} unit="ms" quiet={place.duration.falseDiscovery > CHANCE} /> : <Nothing />)) },
      { id: 'p95', header: 'Δ p95', hint: '95th percentile of the duration of a call, B less A', width: 144, align: 'right', cell: cell((place) => (both(place) ? <DifferenceCell a={place.a.p95 / 1e6} b={place.b.p95 / 1e6} unit="ms" quiet={place.duration.falseDiscovery > CHANCE} /> : <Nothing />)) },
      { id: 'self', header: 'Δ self', hint: 'Mean own time in a trace, B less A', width: 144, align: 'right', cell: cell((place) => (both(place) ? <DifferenceCell a={place.a.self / 1e6} b={place.b.self / 1e6} unit="ms" quiet={place.duration.falseDiscovery > CHANCE} /> : <Nothing />)) },
      { id: 'errors', header: 'Δ errors', hint: 'Errors in a trace, B less A', width: 104, align: 'right', cell: cell((place) => (place.a.errors + place.b.errors === 0 ? <Nothing /> : <DifferenceCell a={place.a.errorsPerTrace} b={place.b.errorsPerTrace} unit="none" quiet={place.failed.falseDiscovery > CHANCE} />)) },
      { id: 'sure', header: 'How sure', hint: 'The chance that such a difference in duration comes about by itself', width: 120, align: 'right', cell: cell((place) => (both(place) ? <Sureness p={place.duration.p} falseDiscovery={place.duration.falseDiscovery} /> : <Nothing />)) },
    ];
  }, [answer.places]);
  const kept = useMemo(() => (state.only ? (index: number): boolean => differs(answer.places[index]) : undefined), [state.only, answer.places]);
  return (
    <PlaceTree
      label="Places of both sets"
      places={answer.places}
      columns={columns}
      {...(kept === undefined ? {} : { kept })}
      badge={(index) => {
        const place = answer.places[index];
        if (place === undefined || (place.a.traces > 0 && place.b.traces > 0)) return null;
        return <ChangeBadge change={place.a.traces === 0 ? 'added' : 'removed'} />;
      }}
      selected={state.place ?? undefined}
      onSelect={(place) => set({ place: state.place === place ? null : place })}
    />
  );
}

function Nothing() {
  return <span className="text-fg-tertiary">—</span>;
}

function Sureness({ p, falseDiscovery }: { readonly p: number; readonly falseDiscovery: number }) {
  const sure = falseDiscovery <= CHANCE;
  return (
    <span className={sure ? 'inline-flex items-center gap-1 tabular-nums' : 'text-fg-tertiary tabular-nums'} title={`Of findings like this, a share of ${formatNumber(falseDiscovery, 'ratio')} is chance`}>
      {sure && <Check className="size-3 text-fg-secondary" role="img" aria-label="unlikely to be chance" />}
      {chanceText(p)}
    </span>
  );
}

function differs(place: PlaceDifference | undefined): boolean {
  return place !== undefined && Math.min(place.duration.falseDiscovery, place.failed.falseDiscovery, place.present.falseDiscovery) <= CHANCE;
}

/** Both queries with a value of an attribute taken in or left out; `undefined` when it cannot be said. */
function narrowed(qa: string, qb: string, text: string, value: AttributeValue, how: 'include' | 'exclude'): Partial<CompareState> | undefined {
  const field = readField(text);
  const asked = field === undefined ? undefined : staticOf(field, value);
  const [a, b] = [readQuery(qa), readQuery(qb)];
  if (field === undefined || asked === undefined || !a.ok || !b.ok) return undefined;
  return { qa: writeQuery(toggleChoice(a.query, field, asked, how)), qb: writeQuery(toggleChoice(b.query, field, asked, how)), place: null };
}
