'use client';

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useQueryStates } from 'nuqs';
import { useMemo } from 'react';
import { paths } from '#components/api/paths.ts';
import { formatNumber } from '#components/charts/format-number.ts';
import { ScatterPlot } from '#components/charts/scatter-plot.tsx';
import type { ScatterPoint } from '#components/charts/scatter-scale.ts';
import { Page } from '#components/shell/page.tsx';
import { useAppNavigate } from '#components/shell/use-app-navigate.ts';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { Button } from '#components/ui/button.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { Select } from '#components/ui/select.tsx';
import type { SearchTracesResponse } from '#server/traces/schemas.ts';
import { searchTracesQuery } from './queries.ts';
import { SORTS, searchParamsOf, searchParsers, type SearchState } from './search-state.ts';
import { TraceResults } from './trace-results.tsx';
import { TraceSearchForm } from './trace-search-form.tsx';

/** `/traces`: find traces by what happened in them; every dot and row opens one. */
export function TraceSearchPage() {
  const [state, setState] = useQueryStates(searchParsers, { history: 'push' });
  const { window, label } = useTimeRange();
  const params = searchParamsOf(state, window);
  // The moving end of a live range is one search, not one per tick.
  const query = useQuery({ ...searchTracesQuery(params), placeholderData: keepPreviousData });
  const change = (next: Partial<SearchState>): void => void setState({ page: 0, ...next });
  return (
    <Page crumbs={[{ label: 'Traces' }]} namespaces={false} toolbar={<TraceSearchForm state={state} onChange={change} />}>
      <DataState
        query={query}
        empty={(answer) =>
          answer.total > 0 ? undefined : { title: 'No traces match', hint: `In: ${label.toLowerCase()}. Widen the time range or take filters away. Nothing at all? Check that programs send OTLP to this console.`, action: <Button onClick={() => change({ service: null, operation: null, tags: '', min: '', max: '', status: 'any' })}>Clear filters</Button> }
        }
      >
        {(answer) => (
          <div className="flex flex-col gap-4">
            <Scatter answer={answer} />
            <Panel
              title="Traces"
              note={`${formatNumber(answer.total, 'count')} match · ${Math.round(answer.tookMs)} ms`}
              flush
              actions={
                <>
                  <Select label="Order" value={state.sort} onValueChange={(sort) => change({ sort })} options={SORTS.map((value) => ({ value, label: SORT_LABELS[value] }))} />
                  <Pager total={answer.total} state={state} onPage={(page) => void setState({ page })} />
                </>
              }
            >
              <TraceResults traces={answer.traces} />
            </Panel>
          </div>
        )}
      </DataState>
    </Page>
  );
}

const SORT_LABELS: Readonly<Record<SearchState['sort'], string>> = { newest: 'Newest first', oldest: 'Oldest first', longest: 'Longest first', shortest: 'Shortest first', 'most-spans': 'Most spans first', 'most-errors': 'Most errors first' };

function Scatter({ answer }: { readonly answer: SearchTracesResponse }) {
  const navigate = useAppNavigate();
  const points = useMemo(
    () =>
      answer.traces.map(
        (trace): ScatterPoint => ({
          id: trace.traceId,
          t: Number(BigInt(trace.startUnixNano) / 1_000_000n),
          y: Number(trace.durationNano) / 1e6,
          label: `${trace.rootService} ${trace.rootName}`,
          weight: trace.spanCount,
          ...(trace.errorCount > 0 ? { status: 'failing' as const } : {}),
        }),
      ),
    [answer.traces],
  );
  return (
    <Panel title="Duration over time" note="a dot is a trace; larger has more spans" flush>
      <div className="px-1 pb-2">
        <ScatterPlot label="Traces by duration" points={points} fromMs={answer.fromMs} toMs={answer.toMs} unit="ms" log onOpen={(point) => navigate(paths.trace(point.id))} />
      </div>
    </Panel>
  );
}

function Pager({ total, state, onPage }: { readonly total: number; readonly state: SearchState; readonly onPage: (page: number) => void }) {
  const pages = Math.ceil(total / state.limit);
  if (pages <= 1) return null;
  return (
    <span className="flex items-center gap-1 text-label tabular-nums">
      <Button disabled={state.page === 0} onClick={() => onPage(state.page - 1)}>
        Previous
      </Button>
      {`${state.page + 1} of ${pages}`}
      <Button disabled={state.page + 1 >= pages} onClick={() => onPage(state.page + 1)}>
        Next
      </Button>
    </span>
  );
}
