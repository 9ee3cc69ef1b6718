'use client';

import { useQuery } from '@tanstack/react-query';
import { ChevronLeft, ChevronRight, GitCompareArrows } from 'lucide-react';
import { paths, withParams } from '#components/api/paths.ts';
import { useViewHref } from '#components/shell/use-view-href.ts';
import { Button } from '#components/ui/button.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { IconButton } from '#components/ui/icon-button.tsx';
import { Menu } from '#components/ui/menu.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { Select } from '#components/ui/select.tsx';
import { ColumnPicker } from './column-picker.tsx';
import { compares, intrinsic } from './conditions.ts';
import { LiveTail } from './live-tail.tsx';
import { PickedBar } from './picked-bar.tsx';
import { tracePageQuery, type SearchPageParams } from './queries.ts';
import { withCondition } from './query-edits.ts';
import { writeQuery } from './query-text.ts';
import { totalsText } from './result-rows.ts';
import { ResultsTable } from './results-table.tsx';
import { LIMITS, SORT_LABELS, SORTS, type SearchState } from './search-params.ts';
import { SourceNotes } from './source-notes.tsx';
import type { Search } from './use-search.ts';

/** Spans asked of each trace: enough for the values of columns, and for a list of them. */
const SPANS_LISTED = 20;
/** More chosen traces than this are no choice any more. */
const MAX_PICKED = 200;

/** What matches, page by page over all of it: ordered, with columns and choices, or as it comes in. */
export function ResultsPanel({ search }: { readonly search: Search }) {
  const { state, set } = search;
  const params = pageParams(search);
  const page = useQuery({ ...tracePageQuery(params), enabled: !state.tail });
  const answer = state.tail ? undefined : page.data;
  const pick = (ids: readonly string[], on: boolean): void => {
    const rest = state.pick.filter((id) => !ids.includes(id));
    set({ pick: (on ? [...rest, ...ids] : rest).slice(-MAX_PICKED) });
  };
  return (
    <Panel
      title="Traces"
      flush
      actions={
        <>
          <SegmentedControl label="Rows" value={state.rows} onValueChange={(rows) => set({ rows })} options={[{ value: 'traces', label: 'Traces' }, { value: 'spans', label: 'With spans', description: 'The matching spans under each trace' }]} />
          <ColumnPicker columns={state.col} onChange={(col) => set({ col: [...col] })} />
          {!state.tail && <Order state={state} set={set} />}
          <CompareMenu search={search} />
          <Button variant={state.tail ? 'primary' : 'secondary'} aria-pressed={state.tail} onClick={() => set({ tail: !state.tail, page: 0 })}>
            Live tail
          </Button>
        </>
      }
    >
      {answer !== undefined && answer.totalTraces > 0 && (
        <div className="flex min-h-8 flex-wrap items-center gap-x-2 border-t border-line-subtle px-3 text-label text-fg-secondary tabular-nums">
          <span data-testid="totals" aria-live="polite">
            {totalsText({ offset: state.page * state.limit, shown: answer.traces.length, traces: answer.totalTraces, spans: answer.totalSpans, tookMs: answer.tookMs })}
          </span>
          <SourceNotes exact={answer.exact} notes={answer.notes} />
          <span className="ml-auto flex items-center gap-1">
            <Select label="Traces per page" value={String(state.limit)} onValueChange={(limit) => set({ limit: Number(limit), page: 0 })} options={LIMITS.map((value) => ({ value: String(value), label: `${value} a page` }))} className="!h-6 text-label" />
            <Pager total={answer.totalTraces} state={state} onPage={(next) => set({ page: next })} />
          </span>
        </div>
      )}
      {state.pick.length > 0 && <PickedBar search={search} />}
      {state.tail ? (
        <LiveTail key={JSON.stringify([search.selection.q, params.spans, state.col])} search={search} spans={params.spans} onPick={(id, on) => pick([id], on)} />
      ) : (
        <DataState
          query={page}
          asked={search.selection.q}
          empty={({ totalTraces }) =>
            totalTraces > 0
              ? undefined
              : {
                  title: 'No traces match',
                  hint: `Looked at: ${search.range.toLowerCase()}. Widen the time range or take conditions away. Nothing at all? Check that programs send OTLP to this console.`,
                  action: state.q !== '' && <Button onClick={() => search.run('')}>Clear the query</Button>,
                }
          }
        >
          {({ traces }) => (
            <ResultsTable
              traces={traces}
              rows={state.rows}
              sort={state.sort}
              onSort={(sort) => set({ sort, page: 0 })}
              columns={state.col}
              picked={state.pick}
              onPick={(id, on) => pick([id], on)}
              onPickAll={(on) => pick(traces.map(({ traceId }) => traceId), on)}
            />
          )}
        </DataState>
      )}
    </Panel>
  );
}

function pageParams({ state, selection }: Search): SearchPageParams {
  return { ...selection, sort: state.sort, limit: state.limit, offset: state.page * state.limit, spans: state.rows === 'spans' || state.col.length > 0 ? SPANS_LISTED : 0, columns: state.col };
}

/** Sets of traces to set against each other, out of this search. */
function CompareMenu({ search }: { readonly search: Search }) {
  const viewHref = useViewHref();
  const { query } = search;
  if (query === undefined) return null;
  const failed = (operator: '=' | '!='): string => writeQuery(withCondition(query, compares(intrinsic('span:status'), operator, { type: 'status', value: 'error' })));
  return (
    <Menu
      trigger={
        <Button variant="ghost" icon={<GitCompareArrows />}>
          <span className="max-xl:sr-only">Compare</span>
        </Button>
      }
      entries={[
        { kind: 'heading', label: 'Compare sets of traces' },
        { kind: 'link', label: 'Those with errors, and the others', href: viewHref(compareHref(failed('!='), failed('='))) },
        { kind: 'link', label: 'These, and those just before', href: viewHref(withParams(compareHref(writeQuery(query), writeQuery(query)), { ra: 'before' })) },
        { kind: 'link', label: 'These, and all traces', href: viewHref(compareHref('{ }', writeQuery(query))) },
      ]}
    />
  );
}

/** A and B of a comparison; everything is `{ }`, since an empty side is one that is not given yet. */
function compareHref(qa: string, qb: string): string {
  return withParams(paths.traceCompare(), { qa: qa === '' ? '{ }' : qa, qb: qb === '' ? '{ }' : qb });
}

function Order({ state, set }: Pick<Search, 'state' | 'set'>) {
  return (
    <span className="max-md:hidden">
      <Select label="Order" value={state.sort} onValueChange={(sort) => set({ sort, page: 0 })} options={SORTS.map((value) => ({ value, label: SORT_LABELS[value] }))} />
    </span>
  );
}

function Pager({ total, state, onPage }: { readonly total: number; readonly state: SearchState; readonly onPage: (page: number) => void }) {
  const pages = Math.ceil(total / state.limit);
  if (pages <= 1) return null;
  return (
    <span className="flex items-center text-label tabular-nums" role="group" aria-label="Pages">
      <IconButton label="Previous page" icon={<ChevronLeft />} disabled={state.page === 0} onClick={() => onPage(state.page - 1)} />
      {`${state.page + 1} of ${pages}`}
      <IconButton label="Next page" icon={<ChevronRight />} disabled={state.page + 1 >= pages} onClick={() => onPage(state.page + 1)} />
    </span>
  );
}
