import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { getJson } from '#components/api/http-client.ts';
import type { IngestSnapshot } from '#server/traces/receiver/ingest-status.ts';
import type { AttributeInfo, AttributeValueInfo, DeltasAnswer, FacetsAnswer, HeatmapAnswer, SearchAnswer, TraceMetricsAnswer, TraceSort } from '#server/traces/trace-questions.ts';

/** What every question about traces carries: TraceQL and a range in Unix ms. */
export interface Selection {
  readonly q: string;
  readonly from: number;
  readonly to: number;
}
export interface SearchPageParams extends Selection {
  readonly sort: TraceSort;
  readonly limit: number;
  readonly offset: number;
  /** Matching spans given of each trace. */
  readonly spans: number;
  readonly columns: readonly string[];
}
/** The answer of `GET /api/traces/search`. */
export type SearchPageAnswer = SearchAnswer & { readonly fromMs: number; readonly toMs: number; readonly tookMs: number };

/** The range of the page in whole milliseconds: the same for every question, so that their answers fit each other. */
export function selectionOf(q: string, window: { readonly fromMs: number; readonly toMs: number }): Selection {
  return { q, from: Math.floor(window.fromMs), to: Math.ceil(window.toMs) };
}

/** One page of the traces that match, with the number of all. */
export function tracePageQuery({ columns, ...params }: SearchPageParams) {
  return queryOptions({
    queryKey: ['traces', 'page', { ...params, columns }] as const,
    queryFn: ({ signal }) => getJson<SearchPageAnswer>('/api/traces/search', { ...params, columns: columnList(columns) }, signal),
    placeholderData: keepPreviousData,
  });
}

/** Counts of all matches over time and duration. */
export function heatmapQuery(params: Selection & { readonly of: 'traces' | 'spans'; readonly times: number; readonly durations: number }) {
  return queryOptions({
    queryKey: ['traces', 'heatmap', params] as const,
    queryFn: ({ signal }) => getJson<HeatmapAnswer>('/api/traces/heatmap', { ...params }, signal),
    placeholderData: keepPreviousData,
  });
}

/** The most frequent values of attributes among the matching spans. */
export function facetsQuery({ fields, ...params }: Selection & { readonly fields: readonly string[]; readonly limit: number }) {
  return queryOptions({
    queryKey: ['traces', 'facets', { ...params, fields }] as const,
    queryFn: ({ signal }) => getJson<FacetsAnswer>('/api/traces/facets', { ...params, fields: columnList(fields) }, signal),
    placeholderData: keepPreviousData,
    enabled: fields.length > 0,
  });
}

/** What tells the spans in a rectangle from the rest: times in Unix ms, durations in nanoseconds. */
export function deltasQuery(params: Selection & { readonly of: 'traces' | 'spans'; readonly regionFrom: number; readonly regionTo: number; readonly minDuration: number; readonly maxDuration: number; readonly limit: number }) {
  return queryOptions({
    queryKey: ['traces', 'deltas', params] as const,
    queryFn: ({ signal }) => getJson<DeltasAnswer>('/api/traces/deltas', { ...params, minDuration: `${params.minDuration}ns`, maxDuration: `${params.maxDuration}ns` }, signal),
    placeholderData: keepPreviousData,
  });
}

/** A metrics query over time; `step` as `15s`. */
export function traceMetricsQuery(params: Selection & { readonly step: string; readonly exemplars: number }) {
  return queryOptions({
    queryKey: ['traces', 'metrics', params] as const,
    queryFn: ({ signal }) => getJson<TraceMetricsAnswer & { readonly stepMs: number }>('/api/traces/metrics', { ...params }, signal),
    placeholderData: keepPreviousData,
  });
}

/** Every attribute that spans have, with its scope and types. */
export const attributesQuery = queryOptions({
  queryKey: ['traces', 'attributes'] as const,
  queryFn: ({ signal }) => getJson<{ readonly attributes: readonly AttributeInfo[] }>('/api/traces/attributes', {}, signal),
  staleTime: 60_000,
});

/** Values of a field (as TraceQL writes it), the most frequent first. */
export function attributeValuesQuery(params: { readonly field: string; readonly contains?: string; readonly limit: number } & Partial<Selection>) {
  return queryOptions({
    queryKey: ['traces', 'attribute-values', params] as const,
    queryFn: ({ signal }) => getJson<{ readonly values: readonly AttributeValueInfo[] }>('/api/traces/attribute-values', { ...params }, signal),
    staleTime: 30_000,
  });
}

/** Fields in one parameter: keys with a comma are quoted in TraceQL, so the comma divides. */
function columnList(fields: readonly string[]): string | null {
  return fields.length === 0 ? null : fields.join(',');
}

/** What came in since the server was started. A source elsewhere has no such count: nothing is shown then. */
export const ingestQuery = queryOptions({
  queryKey: ['traces', 'ingest'] as const,
  queryFn: ({ signal }) => getJson<IngestSnapshot>('/api/traces/ingest', {}, signal),
  refetchInterval: ({ state }) => (state.error === null ? 5000 : false),
  retry: false,
});
