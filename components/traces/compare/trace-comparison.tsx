'use client';

import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { paths } from '#components/api/paths.ts';
import { formatNumber } from '#components/charts/format-number.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { formatMoment } from '#components/time/time-window.ts';
import { valueText } from '#components/traces/search/conditions.ts';
import { shortOperation } from '#components/traces/search/result-rows.ts';
import { traceColumnsQuery } from '#components/traces/trace/queries.ts';
import { Badge } from '#components/ui/badge.tsx';
import { Checkbox } from '#components/ui/checkbox.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { Panel } from '#components/ui/panel.tsx';
import type { CompareTracesResponse } from '#server/traces/compare/schemas.ts';
import type { TraceColumns } from '#server/traces/view/trace-columns.ts';
import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { CompareState, SetCompare } from './compare-params.ts';
import { DifferenceCell } from './difference-cell.tsx';
import { extentOfRows, type Extent } from './place-extent.ts';
import { ChangeBadge, PlaceTree, type PlaceColumn } from './place-tree.tsx';
import { compareTracesQuery } from './queries.ts';

type ComparedPlace = CompareTracesResponse['places'][number];

export interface TraceComparisonProps {
  readonly a: string;
  readonly b: string;
  readonly state: CompareState;
  readonly set: SetCompare;
}

/** Two traces: what took longer, what was called more often, what only one of them did, and with which attributes. */
export function TraceComparison({ a, b, state, set }: TraceComparisonProps) {
  const query = useQuery(compareTracesQuery(a, b));
  return (
    <DataState query={query}>
      {(answer) => {
        const chosen = state.place === null ? undefined : answer.places[state.place];
        return (
          <div className="flex flex-col gap-3">
            <div className="grid gap-3 md:grid-cols-2">
              <Side letter="A" head={answer.a} />
              <Side letter="B" head={answer.b} other={answer.a} />
            </div>
            <Panel
              title="Places of the call tree"
              note={answer.places.length < answer.totalPlaces ? `the ${answer.places.length} of ${answer.totalPlaces} that differ most` : `${answer.totalPlaces} places; calls at one place are taken together`}
              actions={<Checkbox checked={state.only} onCheckedChange={(only) => set({ only, place: null })} label="Only what differs" />}
              flush
            >
              <Places answer={answer} state={state} set={set} />
            </Panel>
            {chosen !== undefined && <PlaceDetails place={chosen} />}
          </div>
        );
      }}
    </DataState>
  );
}

function Side({ letter, head, other }: { readonly letter: string; readonly head: CompareTracesResponse['a']; readonly other?: CompareTracesResponse['a'] }) {
  return (
    <section aria-label={`Trace ${letter}`} className="flex min-w-0 flex-col gap-1 rounded-panel border border-line bg-panel px-3 py-2">
      <h2 className="flex min-w-0 items-center gap-2 text-body">
        <span className={letter === 'A' ? 'font-mono font-semibold text-fg-secondary' : 'font-mono font-semibold text-accent'}>{letter}</span>
        <AppLink href={paths.trace(head.traceId)} className="min-w-0 truncate font-medium hover:underline">
          {head.rootService} {shortOperation(head.rootName)}
        </AppLink>
        <span className="font-mono text-axis text-fg-tertiary">{head.traceId.slice(0, 7)}</span>
      </h2>
      <p className="flex flex-wrap gap-x-4 text-label text-fg-secondary tabular-nums">
        <span>{formatMoment(Number(BigInt(head.startUnixNano) / 1_000_000n))}</span>
        <span>
          {formatNumber(head.durationNano / 1e6, 'ms')} {other !== undefined && <DifferenceCell a={other.durationNano / 1e6} b={head.durationNano / 1e6} unit="ms" />}
        </span>
        <span>
          {head.spans} spans {other !== undefined && <DifferenceCell a={other.spans} b={head.spans} unit="count" quiet />}
        </span>
        <span>
          {head.errors} with errors {other !== undefined && other.errors !== head.errors && <DifferenceCell a={other.errors} b={head.errors} unit="count" />}
        </span>
      </p>
    </section>
  );
}

function Places({ answer, state, set }: { readonly answer: CompareTracesResponse } & Pick<TraceComparisonProps, 'state' | 'set'>) {
  const [columnsA, columnsB] = [useColumns(answer.a), useColumns(answer.b)];
  const longest = Math.max(answer.a.durationNano, answer.b.durationNano, 1);
  const columns = useMemo((): readonly PlaceColumn[] => {
    const of = (place: number): ComparedPlace | undefined => answer.places[place];
    const cell = (show: (place: ComparedPlace) => React.ReactNode) => (index: number) => {
      const place = of(index);
      return place === undefined ? null : show(place);
    };
    return [
      {
        id: 'when',
        header: 'When: A over B',
        hint: 'From the start of each trace, on one scale',
        width: 180,
        cell: cell((place) => <AlignedBars a={columnsA === undefined ? undefined : extentOfRows(columnsA, place.a.rows)} b={columnsB === undefined ? undefined : extentOfRows(columnsB, place.b.rows)} whole={longest} />),
      },
      { id: 'calls', header: 'Calls', width: 64, align: 'right', cell: cell(({ a, b }) => <span className="tabular-nums">{a.count === b.count ? a.count : `${a.count} → ${b.count}`}</span>) },
      { id: 'total', header: 'Duration', hint: 'Of all calls together, B less A', width: 144, align: 'right', cell: cell(({ a, b }) => <DifferenceCell a={a.total / 1e6} b={b.total / 1e6} unit="ms" />) },
      { id: 'self', header: 'Self', hint: 'Time in which no call below was running, B less A', width: 144, align: 'right', cell: cell(({ a, b }) => <DifferenceCell a={a.self / 1e6} b={b.self / 1e6} unit="ms" />) },
      { id: 'errors', header: 'Errors', width: 60, align: 'right', cell: cell(({ a, b }) => (a.errors === b.errors ? <span className="text-fg-tertiary tabular-nums">{a.errors === 0 ? '—' : a.errors}</span> : <DifferenceCell a={a.errors} b={b.errors} unit="count" />)) },
      { id: 'attributes', header: 'Attributes', hint: 'Attributes whose values differ', width: 84, align: 'right', cell: cell(({ attributes }) => (attributes.length === 0 ? <span className="text-fg-tertiary">—</span> : <span className="tabular-nums">{attributes.length} differ</span>)) },
    ];
  }, [answer.places, columnsA, columnsB, longest]);
  const kept = useMemo(() => (state.only ? (index: number): boolean => differs(answer.places[index]) : undefined), [state.only, answer.places]);
  return (
    <PlaceTree
      label="Places of both traces"
      places={answer.places}
      columns={columns}
      {...(kept === undefined ? {} : { kept })}
      badge={(index) => {
        const change = answer.places[index]?.change;
        return change === 'added' || change === 'removed' ? <ChangeBadge change={change} /> : null;
      }}
      selected={state.place ?? undefined}
      onSelect={(place) => set({ place: state.place === place ? null : place })}
    />
  );
}

/** The columns that the rows of a place belong to: a trace that grew meanwhile has others. */
function useColumns({ traceId, version }: CompareTracesResponse['a']): TraceColumns | undefined {
  const { data } = useQuery(traceColumnsQuery(traceId));
  return data !== undefined && data.version === version ? data.columns : undefined;
}

/** A place differs when its calls, errors or attributes do, or its time by more than a tenth. */
function differs(place: ComparedPlace | undefined): boolean {
  if (place === undefined) return false;
  return place.change !== 'same' || place.difference.errors !== 0 || place.attributes.length > 0 || Math.abs(place.difference.total) > Math.max(place.a.total, place.b.total) / 10;
}

function AlignedBars({ a, b, whole }: { readonly a: Extent | undefined; readonly b: Extent | undefined; readonly whole: number }) {
  const bar = (extent: Extent | undefined, color: string): React.ReactNode => (
    <span className="relative block h-1.5 w-full">{extent !== undefined && <span className={`absolute h-full min-w-0.5 rounded-sm ${color}`} style={{ left: `${(extent.from / whole) * 100}%`, width: `${((extent.to - extent.from) / whole) * 100}%` }} />}</span>
  );
  return (
    <span className="flex flex-col gap-1" role="img" aria-label={[a, b].map((extent, side) => `${side === 0 ? 'A' : 'B'}: ${extent === undefined ? 'none' : `${formatNumber(extent.from / 1e6, 'ms')} to ${formatNumber(extent.to / 1e6, 'ms')}`}`).join('; ')}>
      {bar(a, 'bg-series-12')}
      {bar(b, 'bg-series-1')}
    </span>
  );
}

function PlaceDetails({ place }: { readonly place: ComparedPlace }) {
  return (
    <Panel title={`${place.service} ${shortOperation(place.name)}`} note={place.attributes.length === 0 ? 'the same attributes on both sides' : 'attributes whose values differ; ids and times are left out'}>
      {place.attributes.length > 0 && (
        <table className="w-full table-fixed text-label" aria-label="Attributes that differ">
          <thead className="text-left text-fg-tertiary">
            <tr className="[&>th]:py-1 [&>th]:pr-3 [&>th]:font-medium">
              <th scope="col">Attribute</th>
              <th scope="col">A</th>
              <th scope="col">B</th>
            </tr>
          </thead>
          <tbody className="font-mono">
            {place.attributes.map(({ field, change, a, b }) => (
              <tr key={field} className="border-t border-line-subtle align-top [&>td]:py-1 [&>td]:pr-3 [&>td]:break-words">
                <td>
                  {field} {change !== 'changed' && <Badge>{change === 'added' ? 'only in B' : 'only in A'}</Badge>}
                </td>
                <Values values={a} />
                <Values values={b} />
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="mt-2 flex gap-4 text-label">
        <SideFacts side="A" place={place} />
        <SideFacts side="B" place={place} />
      </p>
    </Panel>
  );
}

function Values({ values }: { readonly values: readonly unknown[] }) {
  // Safe because attribute values come as the JSON of their own type.
  return <td>{values.length === 0 ? <span className="text-fg-tertiary">—</span> : values.map((value) => valueText(value as AttributeValue)).join(', ')}</td>;
}

function SideFacts({ side, place }: { readonly side: 'A' | 'B'; readonly place: ComparedPlace }) {
  const totals = side === 'A' ? place.a : place.b;
  return (
    <span className="text-fg-secondary tabular-nums">
      {side}: {totals.count === 0 ? 'no call' : `${totals.count} ${totals.count === 1 ? 'call' : 'calls'}, mean ${formatNumber(totals.avg / 1e6, 'ms')}, on the critical path ${formatNumber(totals.critical / 1e6, 'ms')}`}
    </span>
  );
}
