'use client';

import { useQuery } from '@tanstack/react-query';
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
import { AttributeDifferences } from './attribute-differences.tsx';
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
  const query = useQuery(deltasQuery({ ...selection, of, regionFrom: Math.round(region.fromMs), regionTo: Math.round(region.toMs), minDuration: Math.round(region.minNano), maxDuration: Math.round(region.maxNano), limit: SHOWN }));
  const { data } = query;
  return (
    <Panel
      title="What differs"
      note={data === undefined ? undefined : `${formatNumber(data.inside, 'count')} spans in the marked part, ${formatNumber(data.outside, 'count')} others`}
      actions={
        <>
          {data !== undefined && <SourceNotes exact={data.exact} notes={data.notes} />}
          <Button variant="primary" icon={<Filter />} onClick={onNarrow}>
            Show these {of}
          </Button>
          {sets !== undefined && (
            <AppLink href={withParams(paths.traceCompare(), { qa: sets.inside, qb: sets.outside })} className={buttonClass()}>
              <GitCompareArrows aria-hidden />
              <span className="max-md:hidden">Compare with the rest</span>
            </AppLink>
          )}
          <IconButton label="Unmark" icon={<X />} onClick={onClear} />
        </>
      }
    >
      <DataState query={query} empty={emptyText}>
        {(answer) => <AttributeDifferences attributes={answer.attributes} inside="in the marked part" outside="in the rest" onChoose={onChoose} />}
      </DataState>
    </Panel>
  );
}

function emptyText(answer: DeltasAnswer): { title: string; hint: string } | undefined {
  if (answer.inside === 0) return { title: 'Nothing lies in the marked part', hint: 'Mark a part of the picture that has traces in it.' };
  if (answer.outside === 0) return { title: 'Everything lies in the marked part', hint: 'Mark a smaller part: there is nothing left to set it against.' };
  return answer.attributes.length === 0 ? { title: 'Nothing differs', hint: 'The marked part has the same attributes as the rest, in the same shares.' } : undefined;
}
