import { keepPreviousData, queryOptions, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { getJson } from './http-client.ts';

export type Labels = Readonly<Record<string, string>>;
/** One series; times are Unix ms, `null` is a value Prometheus calls NaN. */
export interface RangeSeries {
  readonly labels: Labels;
  readonly points: readonly { readonly t: number; readonly v: number | null }[];
}
export interface InstantSample {
  readonly labels: Labels;
  readonly t: number;
  readonly v: number | null;
}
export interface RangeAnswer {
  readonly series: readonly RangeSeries[];
  readonly warnings: readonly string[];
}
export interface InstantAnswer {
  readonly samples: readonly InstantSample[];
  readonly warnings: readonly string[];
}
/** Bounds of a range query in Unix seconds and its step in seconds: what `useTimeRange().promRange` gives. */
export interface PromRange {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** A PromQL range query through the console's `/prometheus/api/v1`. Old points stay while new ones load. */
export function usePromqlRange(query: string, range: PromRange, options: { enabled?: boolean } = {}): UseQueryResult<RangeAnswer> {
  return useQuery({ ...promqlRangeQuery(query, range), placeholderData: keepPreviousData, enabled: options.enabled ?? true });
}

/** A PromQL instant query at `time` (Unix seconds). */
export function usePromqlInstant(query: string, time: number, options: { enabled?: boolean } = {}): UseQueryResult<InstantAnswer> {
  return useQuery({ ...promqlInstantQuery(query, time), placeholderData: keepPreviousData, enabled: options.enabled ?? true });
}

/** Query options of a range query, for `useQueries`. */
export function promqlRangeQuery(query: string, { from, to, step }: PromRange) {
  return queryOptions({
    queryKey: ['promql', 'range', { query, from, to, step }] as const,
    queryFn: async ({ signal }): Promise<RangeAnswer> => readRange(await getJson<PromAnswer>('/prometheus/api/v1/query_range', { query, start: from, end: to, step }, signal)),
  });
}

/** Query options of an instant query. */
export function promqlInstantQuery(query: string, time: number) {
  return queryOptions({
    queryKey: ['promql', 'instant', { query, time }] as const,
    queryFn: async ({ signal }): Promise<InstantAnswer> => readInstant(await getJson<PromAnswer>('/prometheus/api/v1/query', { query, time }, signal)),
  });
}

type Pair = readonly [number, string];
/** Prometheus' own JSON (docs: HTTP API, "Expression queries"): values are strings so that NaN and ±Inf survive. */
export interface PromAnswer {
  readonly data: {
    readonly resultType: 'matrix' | 'vector' | 'scalar' | 'string';
    readonly result: readonly { readonly metric: Labels; readonly values?: readonly Pair[]; readonly value?: Pair }[] | Pair;
  };
  readonly warnings?: readonly string[];
}

/** Reads a range answer; a result of another type has no series. */
export function readRange({ data, warnings }: PromAnswer): RangeAnswer {
  const rows = data.resultType === 'matrix' ? rowsOf(data.result) : [];
  return { series: rows.map(({ metric, values = [] }) => ({ labels: metric, points: values.map(([t, v]) => ({ t: t * 1000, v: sampleValue(v) })) })), warnings: warnings ?? [] };
}

/** Reads an instant answer; a scalar becomes one sample without labels. */
export function readInstant({ data, warnings }: PromAnswer): InstantAnswer {
  const rows = rowsOf(data.result);
  const pair = data.resultType === 'scalar' && isPair(data.result) ? data.result : undefined;
  const samples = pair === undefined ? rows.flatMap(({ metric, value }) => (value === undefined ? [] : [{ labels: metric, t: value[0] * 1000, v: sampleValue(value[1]) }])) : [{ labels: {}, t: pair[0] * 1000, v: sampleValue(pair[1]) }];
  return { samples, warnings: warnings ?? [] };
}

/** Prometheus writes numbers as text; NaN is "no data" here. */
export function sampleValue(text: string): number | null {
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  const value = Number(text);
  return text === '' || Number.isNaN(value) ? null : value;
}

/** A string as a quoted PromQL string literal: label values never break out of a matcher. */
export function promqlString(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

/** `["a","b.c"]` → `"a|b\\.c"`, the quoted right side of a `=~` matcher that matches exactly those values. */
export function promqlAnyOf(values: readonly string[]): string {
  return promqlString(values.map((v) => v.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'));
}

function rowsOf(result: PromAnswer['data']['result']): readonly { readonly metric: Labels; readonly values?: readonly Pair[]; readonly value?: Pair }[] {
  return isPair(result) ? [] : result;
}
function isPair(result: PromAnswer['data']['result']): result is Pair {
  return result.length === 2 && typeof result[0] === 'number';
}
