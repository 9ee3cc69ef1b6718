'use client';

import { useQueries, useQuery } from '@tanstack/react-query';
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
import type { SearchTracesResponse, TraceSummaryJson } from '#server/traces/schemas.ts';
import { searchTracesQuery, type TraceSearchParams } from './queries.ts';
import { LIMITS, SORTS, searchParamsOf, searchParsers, type SearchState } from './search-state.ts';
import { TraceResults } from './trace-results.tsx';
import { TraceSearchForm } from './trace-search-form.tsx';

/** `/traces`: find traces by what happened in them; every dot and row opens one. */
export function TraceSearchPage() {
  const [state, setState] = useQueryStates(searchParsers, { history: 'push' });
  const { window, label } = useTimeRange();
  const params = searchParamsOf(state, window);
  const query = useQuery(searchTracesQuery(params));
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
            <Scatter params={params} page={answer} />
            <Panel
              title="Traces"
              note={`${formatNumber(answer.total, 'count')} match · ${Math.round(answer.tookMs)} ms`}
              flush
              actions={
                <>
                  <Select label="Order" value={state.sort} onValueChange={(sort) => change({ sort })} options={SORTS.map((value) => ({ value, label: SORT_LABELS[value] }))} />
                  <Select label="Traces per page" value={String(state.limit)} onValueChange={(limit) => change({ limit: Number(limit) })} options={LIMITS.map((value) => ({ value: String(value), label: `${value} a page` }))} />
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

/** Most dots of the plot, by kind: a fair sample of all matches, and the extremes that a sample would miss. */
const SAMPLE = 400;
const EXTREMES = 60;

function Scatter({ params, page }: { readonly params: TraceSearchParams; readonly page: SearchTracesResponse }) {
  const navigate = useAppNavigate();
  const plot = useQueries({
    queries: [searchTracesQuery({ ...params, sort: 'sample', limit: SAMPLE, offset: null }), searchTracesQuery({ ...params, sort: 'longest', limit: EXTREMES, offset: null }), searchTracesQuery({ ...params, sort: 'most-errors', limit: EXTREMES, offset: null })],
    combine: (answers) => answers.flatMap((answer) => answer.data?.traces ?? []),
  });
  const points = useMemo(() => {
    const byId = new Map([...plot, ...page.traces].map((trace) => [trace.traceId, pointOf(trace)]));
    return [...byId.values()];
  }, [plot, page.traces]);
  return (
    <Panel title="Duration over time" note={points.length < page.total ? `${points.length} of ${formatNumber(page.total, 'count')}: a fair sample, the longest, and those with most errors` : 'a dot is a trace; larger has more spans'} flush>
      <div className="px-1 pb-2">
        <ScatterPlot label="Traces by duration" points={points} fromMs={page.fromMs} toMs={page.toMs} unit="ms" log onOpen={(point) => navigate(paths.trace(point.id))} />
      </div>
    </Panel>
  );
}

function pointOf(trace: TraceSummaryJson): ScatterPoint {
  return {
    id: trace.traceId,
    t: Number(BigInt(trace.startUnixNano) / 1_000_000n),
    y: Number(trace.durationNano) / 1e6,
    label: `${trace.rootService} ${trace.rootName}`,
    weight: trace.spanCount,
    ...(trace.errorCount > 0 ? { status: 'failing' as const } : {}),
  };
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
