import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { getBytes, getJson } from '#components/api/http-client.ts';
import type { AccessLogAnswer } from '#server/inventory/schemas.ts';
import type { SearchAnswer } from '#server/traces/trace-questions.ts';
import type { TraceAttributesResponse, TracePercentileResponse } from '#server/traces/api/schemas.ts';
import { printField } from '#server/traces/traceql/print.ts';
import { decodeTraceColumns } from '#server/traces/view/columns-codec.ts';
import { MAX_DETAIL_ROWS, type TraceFindResponse, type TraceSpansResponse, type TraceStatisticsResponse } from '#server/traces/view/schemas.ts';
import type { TraceColumns } from '#server/traces/view/trace-columns.ts';

/** A trace as it was when it was asked for last. */
export interface LoadedTrace {
  readonly columns: TraceColumns;
  /** Rows belong to this version of the trace: one that grew has others. */
  readonly version: string | undefined;
}

/** A trace whose last span ended this long ago is taken for complete, and not asked for again. */
export const STILL_GROWING_MS = 20_000;
const seg = encodeURIComponent;

/** How long to wait before a trace of so many spans is asked for again: one that grew comes whole, megabytes for a large one. */
export function pollMs(spans: number): number {
  return Math.min(15_000, 2000 + spans / 10);
}

/** One trace as columns. While it may still grow it is asked for again, which costs nothing when it did not. */
export function traceColumnsQuery(id: string) {
  return queryOptions({
    queryKey: ['traces', 'columns', { id }] as const,
    queryFn: async ({ signal, client, queryKey }): Promise<LoadedTrace> => {
      const before = client.getQueryData<LoadedTrace>(queryKey);
      const answer = await getBytes(`/api/traces/${seg(id)}/columns`, { etag: before?.version === undefined ? undefined : `"${before.version}"`, signal });
      if (answer === undefined && before !== undefined) return before;
      if (answer === undefined) throw new Error('The server answered "not modified" to a first question.');
      performance.mark('trace-arrived');
      return { columns: decodeTraceColumns(answer.bytes), version: answer.etag?.replace(/^(W\/)?"|"$/g, '') };
    },
    // Typed arrays: comparing them value by value would cost more than drawing them.
    structuralSharing: false,
    staleTime: Infinity,
    refetchInterval: ({ state }) => (state.data !== undefined && Date.now() - state.data.columns.newestEndMs < STILL_GROWING_MS ? pollMs(state.data.columns.count) : false),
  });
}

/** What the columns leave out of some rows. */
export function spanDetailsQuery(id: string, version: string | undefined, rows: readonly number[]) {
  return queryOptions({
    queryKey: ['traces', 'spans', { id, version, rows }] as const,
    queryFn: async ({ signal }) => (await getJson<TraceSpansResponse>(`/api/traces/${seg(id)}/spans`, { rows: rows.join(','), version }, signal)).spans,
    enabled: rows.length > 0,
    staleTime: Infinity,
  });
}

export interface FoundRows {
  /** Ascending. */
  readonly rows: Int32Array;
}

/** What the columns leave out of many rows, page by page. */
export function detailPagesQuery(id: string, version: string | undefined, rows: readonly number[]) {
  return infiniteQueryOptions({
    queryKey: ['traces', 'span-pages', { id, version, rows: rows.length }] as const,
    queryFn: async ({ signal, pageParam }) => (await getJson<TraceSpansResponse>(`/api/traces/${seg(id)}/spans`, { rows: rows.slice(pageParam, pageParam + MAX_DETAIL_ROWS).join(','), version }, signal)).spans,
    initialPageParam: 0,
    getNextPageParam: (_last, _all, from) => (from + MAX_DETAIL_ROWS < rows.length ? from + MAX_DETAIL_ROWS : undefined),
    enabled: rows.length > 0,
    staleTime: Infinity,
  });
}

/** Durations and own times by a group, and once more within it. */
export function traceStatisticsQuery(id: string, version: string | undefined, by: string, within: string | null) {
  return queryOptions({
    queryKey: ['traces', 'statistics', { id, version, by, within }] as const,
    queryFn: async ({ signal }) => (await getJson<TraceStatisticsResponse>(`/api/traces/${seg(id)}/statistics${within === null ? '' : `?then=${seg(within)}`}`, { by, version }, signal)).groups,
    staleTime: Infinity,
    placeholderData: keepPreviousData,
    retry: false,
  });
}

/** Rows that hold some words, or match TraceQL. */
export function findInTraceQuery(id: string, version: string | undefined, text: string) {
  return queryOptions({
    queryKey: ['traces', 'find', { id, version, text }] as const,
    queryFn: async ({ signal }): Promise<FoundRows> => ({ rows: Int32Array.from((await getJson<TraceFindResponse>(`/api/traces/${seg(id)}/find`, { q: text, version }, signal)).rows) }),
    enabled: text.trim() !== '',
    structuralSharing: false,
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export interface PercentileParams {
  readonly service: string;
  readonly operation: string;
  readonly kind: string;
  readonly duration: number;
  readonly from: number;
  readonly to: number;
}

/** Where a duration stands among the spans of its operation. */
export function percentileQuery(params: PercentileParams) {
  return queryOptions({
    queryKey: ['traces', 'percentile', params] as const,
    queryFn: async ({ signal }) => (await getJson<TracePercentileResponse>('/api/traces/percentile', { ...params }, signal)).percentile ?? null,
    staleTime: 60_000,
    retry: false,
  });
}

/** Traces with a span that links to this one, within a range (ISO 8601). */
export function linkedFromQuery(spanId: string, range: { readonly from: string; readonly to: string }) {
  const params = { q: `{ link:spanID = "${spanId}" }`, from: Date.parse(range.from), to: Date.parse(range.to), limit: 20, spans: 1 };
  return queryOptions({
    queryKey: ['traces', 'linked-from', params] as const,
    queryFn: ({ signal }) => getJson<SearchAnswer>('/api/traces/search', params, signal),
    staleTime: 60_000,
    retry: false,
  });
}

/** Attributes that spans can be grouped by, as TraceQL writes them. */
export const traceFieldsQuery = queryOptions({
  queryKey: ['traces', 'fields'] as const,
  queryFn: async ({ signal }) => (await getJson<TraceAttributesResponse>('/api/traces/attributes', {}, signal)).attributes.flatMap(({ scope, key }) => (scope === 'span' || scope === 'resource' ? [printField({ kind: 'attribute', scope, key })] : [])),
  staleTime: 60_000,
});

/** Access-log lines that a workload's proxies wrote for one trace. */
export function traceLogQuery(workload: { readonly namespace: string; readonly name: string } | undefined, traceId: string) {
  return queryOptions({
    queryKey: ['traces', 'log', { workload, traceId }] as const,
    queryFn: ({ signal }) => getJson<AccessLogAnswer>(`/api/workloads/${seg(workload?.namespace ?? '')}/${seg(workload?.name ?? '')}/access-log`, { traceId, limit: 50 }, signal),
    enabled: workload !== undefined,
  });
}
