import { sampleValue, type Labels } from '#components/api/prometheus.ts';
import type { SeriesPoint } from '#components/charts/chart-series.ts';

/** Which ends a bucket includes: Prometheus' API numbers them. */
export type BucketEnds = 'left-open' | 'right-open' | 'open' | 'closed';
export interface HistogramBucket {
  readonly ends: BucketEnds;
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}
/** A native histogram as the API writes it: buckets that are not empty, in order. */
export interface HistogramValue {
  readonly count: number;
  readonly sum: number;
  readonly buckets: readonly HistogramBucket[];
}
export interface HistogramPoint {
  /** Unix ms */
  readonly t: number;
  readonly h: HistogramValue;
}
export interface AnswerSeries {
  readonly labels: Labels;
  readonly points: readonly SeriesPoint[];
  readonly histograms: readonly HistogramPoint[];
}
/** An answer to an instant or range query, of any type. */
export interface QueryResult {
  readonly type: 'matrix' | 'vector' | 'scalar' | 'string';
  readonly series: readonly AnswerSeries[];
  /** The text of a string result. */
  readonly text?: string;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

type FloatJson = readonly [number, string];
interface HistogramJson {
  readonly count: string;
  readonly sum: string;
  readonly buckets?: readonly (readonly [number, string, string, string])[];
}
type HistogramPair = readonly [number, HistogramJson];
interface ElementJson {
  readonly metric: Labels;
  readonly value?: FloatJson;
  readonly values?: readonly FloatJson[];
  readonly histogram?: HistogramPair;
  readonly histograms?: readonly HistogramPair[];
}
/** Prometheus' JSON of a query ("Expression query result formats" of its HTTP API). */
export type ResultJson = {
  readonly data: { readonly resultType: 'matrix' | 'vector'; readonly result: readonly ElementJson[] } | { readonly resultType: 'scalar'; readonly result: FloatJson } | { readonly resultType: 'string'; readonly result: FloatJson };
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
};

const ENDS: readonly BucketEnds[] = ['left-open', 'right-open', 'open', 'closed'];

/** Reads an answer; times become Unix ms, NaN becomes `null`. */
export function readResult({ data, warnings = [], infos = [] }: ResultJson): QueryResult {
  const notes = { warnings, infos };
  if (data.resultType === 'string') return { type: 'string', series: [], text: data.result[1], ...notes };
  if (data.resultType === 'scalar') return { type: 'scalar', series: [{ labels: {}, points: [pointOf(data.result)], histograms: [] }], ...notes };
  const series = data.result.map(({ metric, value, values, histogram, histograms }): AnswerSeries => ({
    labels: metric,
    points: (values ?? (value === undefined ? [] : [value])).map(pointOf),
    histograms: (histograms ?? (histogram === undefined ? [] : [histogram])).map(histogramOf),
  }));
  return { type: data.resultType, series, ...notes };
}

function pointOf([seconds, value]: FloatJson): SeriesPoint {
  return { t: seconds * 1000, v: sampleValue(value) };
}

function histogramOf([seconds, { count, sum, buckets = [] }]: HistogramPair): HistogramPoint {
  return {
    t: seconds * 1000,
    h: {
      count: number(count),
      sum: number(sum),
      buckets: buckets.map(([ends, lower, upper, inBucket]) => ({ ends: ENDS[ends] ?? 'closed', lower: number(lower), upper: number(upper), count: number(inBucket) })),
    },
  };
}

function number(text: string): number {
  return sampleValue(text) ?? Number.NaN;
}
