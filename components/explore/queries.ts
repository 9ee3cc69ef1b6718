import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { ApiError } from '#components/api/api-error.ts';
import { getJson } from '#components/api/http-client.ts';
import type { Labels, PromRange } from '#components/api/prometheus.ts';
import type { ExplainAnswer } from '#server/metrics-explore/schemas.ts';
import { readResult, type QueryResult, type ResultJson } from './read-answer.ts';

const API = '/prometheus/api/v1';
const MINUTE_MS = 60_000;

/** An answer and how long it took from here, ms. */
export interface TimedResult extends QueryResult {
  readonly elapsedMs: number;
}

/** A query over the range. */
export const rangeQuery = (query: string, { from, to, step }: PromRange) =>
  queryOptions({
    queryKey: ['explore', 'range', { query, from, to, step }] as const,
    queryFn: ({ signal }) => timed(`${API}/query_range`, { query, start: from, end: to, step }, signal),
    placeholderData: (before, asked) => (asksSame(asked?.queryKey, query) ? before : undefined),
    retry: false,
  });

/** A query at one moment, Unix seconds. */
export const instantQuery = (query: string, time: number) =>
  queryOptions({
    queryKey: ['explore', 'instant', { query, time }] as const,
    queryFn: ({ signal }) => timed(`${API}/query`, { query, time }, signal),
    placeholderData: (before, asked) => (asksSame(asked?.queryKey, query) ? before : undefined),
    retry: false,
  });

/** What each part of a query gave, over the range. Not repeated by itself: it runs the query. */
export const explainQuery = (query: string, { from, to, step }: PromRange) =>
  queryOptions({
    queryKey: ['explore', 'explain', { query, from, to, step }] as const,
    queryFn: ({ signal }) => getJson<ExplainAnswer>('/api/metrics/explain', { query, start: from, end: to, step }, signal),
    placeholderData: (before, asked) => (asksSame(asked?.queryKey, query) ? before : undefined),
    staleTime: Infinity,
    retry: false,
  });

export interface ExemplarPoint {
  readonly seriesLabels: Labels;
  readonly labels: Labels;
  readonly value: number;
  /** Unix ms */
  readonly t: number;
}
interface ExemplarsJson {
  readonly data: readonly { readonly seriesLabels: Labels; readonly exemplars: readonly { readonly labels: Labels; readonly value: string; readonly timestamp: number }[] }[];
}

/** Exemplars of the series behind a query. A server without them has none. */
export const exemplarsQuery = (query: string, { from, to }: PromRange) =>
  queryOptions({
    queryKey: ['explore', 'exemplars', { query, from, to }] as const,
    queryFn: async ({ signal }): Promise<readonly ExemplarPoint[]> => {
      const { data } = await getJson<ExemplarsJson>(`${API}/query_exemplars`, { query, start: from, end: to }, signal).catch((error: unknown) => {
        if (isMissing(error)) return { data: [] };
        throw error;
      });
      return data.flatMap(({ seriesLabels, exemplars }) => exemplars.map(({ labels, value, timestamp }) => ({ seriesLabels, labels, value: Number(value), t: timestamp * 1000 })));
    },
    placeholderData: keepPreviousData,
    retry: false,
  });

/** A query laid out by the server's formatter. Throws ApiError: `not-found` when it has none, `bad-request` with the place of a fault. */
export async function formatQuery(query: string): Promise<string> {
  return (await getJson<{ readonly data: string }>(`${API}/format_query`, { query })).data;
}

/** Whether the server formats queries. */
export const canFormatQuery = queryOptions({
  queryKey: ['explore', 'can-format'] as const,
  queryFn: () => formatQuery('up').then(() => true, (error: unknown) => !isMissing(error)),
  staleTime: Infinity,
  retry: false,
});

export interface MetricInfo {
  readonly name: string;
  readonly type: string | undefined;
  readonly help: string | undefined;
  readonly series: number;
}
type MetadataJson = Readonly<Record<string, readonly { readonly type: string; readonly help: string }[]>>;

/** Type and help of all metrics. */
export const metadataQuery = queryOptions({
  queryKey: ['explore', 'metadata'] as const,
  queryFn: async ({ signal }) => (await getJson<{ readonly data: MetadataJson }>(`${API}/metadata`, {}, signal)).data,
  staleTime: 5 * MINUTE_MS,
  gcTime: 10 * MINUTE_MS,
});

/** Every metric with a series at `time` (Unix seconds), by name, with how many it has. */
export const metricsQuery = (time: number) =>
  queryOptions({
    queryKey: ['explore', 'metrics', { time: minuteOf(time) }] as const,
    queryFn: async ({ client, signal }): Promise<readonly MetricInfo[]> => {
      const [answer, metadata] = await Promise.all([getJson<ResultJson>(`${API}/query`, { query: 'count by (__name__) ({__name__!=""})', time: minuteOf(time) }, signal), client.fetchQuery(metadataQuery)]);
      return readResult(answer)
        .series.map(({ labels, points }) => {
          const name = labels['__name__'] ?? '';
          const known = metadataOf(metadata, name);
          return { name, type: known?.type, help: known?.help, series: points[0]?.v ?? 0 };
        })
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    staleTime: 5 * MINUTE_MS,
    placeholderData: keepPreviousData,
  });

/** The labels of a selector's series with the number of series of each value, most first. */
export const labelCountsQuery = (selector: string, label: string, time: number) =>
  queryOptions({
    queryKey: ['explore', 'label-counts', { selector, label, time: minuteOf(time) }] as const,
    queryFn: async ({ signal }): Promise<readonly { readonly value: string; readonly series: number }[]> => {
      const answer = readResult(await getJson<ResultJson>(`${API}/query`, { query: `count by (${quotedLabel(label)}) (${selector})`, time: minuteOf(time) }, signal));
      return answer.series.map(({ labels, points }) => ({ value: labels[label] ?? '', series: points[0]?.v ?? 0 })).sort((a, b) => b.series - a.series || (a.value < b.value ? -1 : 1));
    },
    staleTime: MINUTE_MS,
    placeholderData: keepPreviousData,
  });

/** Names of labels of the series that match, in the day before `time`. */
export const labelNamesQuery = (selector: string | undefined, time: number) =>
  queryOptions({
    queryKey: ['explore', 'label-names', { selector, time: minuteOf(time) }] as const,
    queryFn: async ({ signal }) => (await getJson<{ readonly data: readonly string[] }>(`${API}/labels`, { 'match[]': selector, ...around(time) }, signal)).data,
    staleTime: 5 * MINUTE_MS,
  });

/** Values of a label among the series that match, in the day before `time`. */
export const labelValuesQuery = (label: string, selector: string | undefined, time: number) =>
  queryOptions({
    queryKey: ['explore', 'label-values', { label, selector, time: minuteOf(time) }] as const,
    queryFn: async ({ signal }) => (await getJson<{ readonly data: readonly string[] }>(`${API}/label/${encodeURIComponent(label)}/values`, { 'match[]': selector, ...around(time) }, signal)).data,
    staleTime: 5 * MINUTE_MS,
  });

/** Series that match, in the day before `time`. */
export const seriesQuery = (selector: string, time: number) =>
  queryOptions({
    queryKey: ['explore', 'series', { selector, time: minuteOf(time) }] as const,
    queryFn: async ({ signal }) => (await getJson<{ readonly data: readonly Labels[] }>(`${API}/series`, { 'match[]': selector, limit: 2000, ...around(time) }, signal)).data,
    staleTime: 5 * MINUTE_MS,
  });

/** What is known of a metric; the parts of a histogram or summary are described under its own name. */
export function metadataOf(metadata: MetadataJson, name: string): MetadataJson[string][number] | undefined {
  return (metadata[name] ?? metadata[name.replace(/_(?:bucket|sum|count|total|created)$/, '')])?.[0];
}

/** While the clock moves the last answer stays; an answer to another query does not pass for this one's. */
function asksSame(key: readonly [string, string, { readonly query: string }] | undefined, query: string): boolean {
  return key?.[2].query === query;
}

async function timed(path: string, params: Readonly<Record<string, string | number>>, signal: AbortSignal): Promise<TimedResult> {
  const started = performance.now();
  const answer = readResult(await getJson<ResultJson>(path, params, signal));
  return { ...answer, elapsedMs: performance.now() - started };
}

function isMissing(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 'not-found' || error.status === 404);
}

/** To the minute, so that answers are found again while the clock moves. */
function minuteOf(seconds: number): number {
  return Math.ceil(seconds / 60) * 60;
}

function around(time: number): { start: number; end: number } {
  return { start: minuteOf(time) - 86_400, end: minuteOf(time) };
}

function quotedLabel(name: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : JSON.stringify(name);
}
