'use client';

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Filter, GitCompareArrows, X } from 'lucide-react';
import { paths, withParams } from '#components/api/paths.ts';
import { formatNumber } from '#components/charts/format-number.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { Button, buttonClass } from '#components/ui/button.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { IconButton } from '#components/ui/icon-button.tsx';
import { Panel } from '#components/ui/panel.tsx';
import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { DeltasAnswer } from '#server/traces/trace-questions.ts';
import { valueText } from './conditions.ts';
import { deltasQuery, type Selection } from './queries.ts';
import type { Region } from './region.ts';
import { SourceNotes } from './source-notes.tsx';

export interface DifferencesPanelProps {
  readonly selection: Selection;
  readonly of: 'traces' | 'spans';
  readonly region: Region;
  /** Makes a value of an attribute a condition of the search; or shuts it out. */
  readonly onChoose: (field: string, value: AttributeValue, how: 'include' | 'exclude') => void;
  /** Narrows the search to the region. */
  readonly onNarrow: () => void;
  readonly onClear: () => void;
  /** Two searches, of what is inside and of the rest, when they can be said as queries. */
  readonly sets: { readonly inside: string; readonly outside: string } | undefined;
}

/** Attributes shown; more would tell little. */
const SHOWN = 12;

/** What the marked part of the picture has in common that the rest has not: attributes ranked by how much they differ. */
export function DifferencesPanel({ selection, of, region, onChoose, onNarrow, onClear, sets }: DifferencesPanelProps) {
  const query = useQuery({
    ...deltasQuery({ ...selection, of, regionFrom: Math.round(region.fromMs), regionTo: Math.round(region.toMs), minDuration: Math.round(region.minNano), maxDuration: Math.round(region.maxNano), limit: SHOWN }),
    placeholderData: keepPreviousData,
  });
  const { data } = query;
  return (
    <Panel
      title="What differs"
      note={data === undefined ? undefined : `${formatNumber(data.inside, 'count')} spans in the marked part, ${formatNumber(data.outside, 'count')} others`}
      actions={
        <>
          <Button variant="primary" icon={<Filter />} onClick={onNarrow}>
            Show these {of}
          </Button>
          {sets !== undefined && (
            <AppLink href={withParams(paths.tracesCompare(), { qa: sets.inside, qb: sets.outside })} className={buttonClass()}>
              <GitCompareArrows aria-hidden />
              <span className="max-md:hidden">Compare with the rest</span>
            </AppLink>
          )}
          <IconButton label="Unmark" icon={<X />} onClick={onClear} />
        </>
      }
    >
      <DataState query={query} empty={emptyText}>
        {(answer) => (
          <>
            <SourceNotes exact={answer.exact} notes={answer.notes} />
            <ul className="grid grid-cols-[repeat(auto-fill,minmax(260px,1fr))] gap-x-6 gap-y-4" aria-label="Attributes that differ, most telling first">
              {answer.attributes.map((one) => (
                <Difference key={one.field} attribute={one} onChoose={onChoose} />
              ))}
            </ul>
            <p className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-1 text-axis text-fg-tertiary">
              <span className="flex items-center gap-1.5">
                <span className="h-1.5 w-4 rounded-sm bg-series-2" aria-hidden /> in the marked part
              </span>
              <span className="flex items-center gap-1.5">
                <span className="h-1.5 w-4 rounded-sm bg-series-12" aria-hidden /> in the rest
              </span>
              <span>A press on a value searches for it; with Alt, for all without it.</span>
            </p>
          </>
        )}
      </DataState>
    </Panel>
  );
}

function emptyText(answer: DeltasAnswer): { title: string; hint: string } | undefined {
  if (answer.inside === 0) return { title: 'Nothing lies in the marked part', hint: 'Mark a part of the picture that has traces in it.' };
  if (answer.outside === 0) return { title: 'Everything lies in the marked part', hint: 'Mark a smaller part: there is nothing left to set it against.' };
  return answer.attributes.length === 0 ? { title: 'Nothing differs', hint: 'The marked part has the same attributes as the rest, in the same shares.' } : undefined;
}

const VALUES = 4;

function Difference({ attribute, onChoose }: { readonly attribute: DeltasAnswer['attributes'][number]; readonly onChoose: DifferencesPanelProps['onChoose'] }) {
  const values = attribute.values.toSorted((a, b) => Math.abs(b.inside - b.outside) - Math.abs(a.inside - a.outside)).slice(0, VALUES);
  return (
    <li className="flex min-w-0 flex-col gap-1">
      <h3 className="flex items-baseline gap-2 text-label">
        <span className="min-w-0 flex-1 truncate font-mono font-medium" title={`${attribute.field}: on ${attribute.present.inside} spans of the marked part and ${attribute.present.outside} of the rest`}>
          {attribute.field}
        </span>
        <span className="text-axis text-fg-tertiary tabular-nums" title="How much the shares differ, 0 to 100">
          {Math.round(Math.min(1, attribute.score) * 100)}
        </span>
      </h3>
      <ul className="flex flex-col">
        {values.map(({ value, inside, outside }) => (
          <li key={valueText(value)}>
            <button
              type="button"
              title={`${attribute.field} = ${valueText(value)}`}
              onClick={(event) => onChoose(attribute.field, value, event.altKey ? 'exclude' : 'include')}
              className="focus-inset -mx-1 flex w-[calc(100%+8px)] flex-col gap-0.5 rounded-control px-1 py-0.5 text-left hover:bg-hover"
            >
              <span className="flex w-full items-baseline gap-2 text-label">
                <span className="min-w-0 flex-1 truncate">{valueText(value) === '' ? '(empty)' : valueText(value)}</span>
                <span className="shrink-0 text-axis text-fg-secondary tabular-nums">
                  {formatNumber(inside, 'ratio')} <span className="text-fg-tertiary">against</span> {formatNumber(outside, 'ratio')}
                </span>
              </span>
              <Bar share={inside} color="bg-series-2" />
              <Bar share={outside} color="bg-series-12" />
            </button>
          </li>
        ))}
      </ul>
    </li>
  );
}

function Bar({ share, color }: { readonly share: number; readonly color: string }) {
  return (
    <span className="block h-1 w-full overflow-hidden rounded-sm bg-active" aria-hidden>
      <span className={`block h-full ${color}`} style={{ width: `${Math.min(1, Math.max(0, share)) * 100}%` }} />
    </span>
  );
}
