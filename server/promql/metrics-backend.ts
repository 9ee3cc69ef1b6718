import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import type { Labels, MetricMetadata, SeriesExemplars } from '#server/timeseries/storage.ts';

/**
 * What the rest of the server (graph, rollouts, overview) and the Prometheus HTTP API ask of metrics; answered by the
 * embedded engine or by a remote Prometheus-compatible server. Times are Unix seconds, as in Prometheus' HTTP API.
 */
export type SamplePair = readonly [timeSeconds: number, value: number];
export type HistogramPair = readonly [timeSeconds: number, histogram: FloatHistogram];
/** One series at one time: `value` is NaN where `histogram` is there. */
export interface VectorElement {
  readonly metric: Labels;
  readonly value: SamplePair;
  readonly histogram?: FloatHistogram;
}
/** One series over time: floats and histograms, each in time order. */
export interface MatrixElement {
  readonly metric: Labels;
  readonly values: readonly SamplePair[];
  readonly histograms?: readonly HistogramPair[];
}
export type QueryValue =
  | { readonly resultType: 'vector'; readonly result: readonly VectorElement[] }
  | { readonly resultType: 'matrix'; readonly result: readonly MatrixElement[] }
  | { readonly resultType: 'scalar'; readonly result: SamplePair }
  | { readonly resultType: 'string'; readonly result: readonly [timeSeconds: number, value: string] };
export interface QueryAnswer {
  readonly value: QueryValue;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}
/** Errors as Prometheus' API names them; `bad_data` is 400, `execution` and `timeout` 422/503, `internal` 500. */
export class QueryError extends Error {
  readonly errorType: 'bad_data' | 'execution' | 'timeout' | 'canceled' | 'internal' | 'unavailable';
  constructor(errorType: QueryError['errorType'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'QueryError';
    this.errorType = errorType;
  }
}
/** Limits of one query; the backend's own are used where they are shorter or nothing is said. */
export interface QueryLimits {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** How long a sample counts as the current one. */
  readonly lookbackMs?: number;
}
/** One part of a query as it was evaluated: what the explain view draws. Parts are in the order of the query's tree. */
export interface ExplainedPart {
  /** Index of the part it belongs to; -1 for the whole query. */
  readonly parent: number;
  /** The part as PromQL. */
  readonly text: string;
  /** Where it stands in the query as it was asked, UTF-16 units. */
  readonly span: { readonly start: number; readonly end: number };
  /** Such as `aggregate`, `call`, `vector-selector`. */
  readonly kind: string;
  /** Series and samples that it gave over all steps, and how long it took, in ms, its own parts included. */
  readonly series: number;
  readonly samples: number;
  readonly milliseconds: number;
}
/** A query's answer as the text of the `data` member in Prometheus' JSON: what the HTTP API hands on without reading it. */
export interface QueryJson {
  readonly data: Uint8Array<ArrayBuffer>;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}
/** `step` undefined = an instant query at `start`. At most `limit` series when it is there; a warning says so. Seconds. */
export interface QueryRequest extends QueryLimits {
  readonly query: string;
  readonly start: number;
  readonly end?: number;
  readonly step?: number;
  readonly limit?: number;
  /** Adds `stats` to the data as Prometheus' `stats=all` does. */
  readonly stats?: boolean;
}
export interface MetricsBackend {
  /** The same as `query` and `queryRange`, for the HTTP API: the answer is not taken apart on the way. */
  queryJson(request: QueryRequest): Promise<QueryJson>;
  /** Runs a query and tells what each part of it gave and cost. A backend that cannot tell rejects with `unavailable`. */
  explain(request: QueryRequest): Promise<readonly ExplainedPart[]>;
  /** Exemplars of every series that any selector of the query selects. Seconds. */
  exemplars(promql: string, range: { readonly start: number; readonly end: number }): Promise<readonly SeriesExemplars[]>;
  query(promql: string, options?: QueryLimits & { readonly time?: number }): Promise<QueryAnswer>;
  queryRange(promql: string, options: QueryLimits & { readonly start: number; readonly end: number; readonly step: number }): Promise<QueryAnswer>;
  /** `match` are series selectors (`{job="x"}`), OR-ed. */
  series(options: { match: readonly string[]; start?: number; end?: number }): Promise<readonly Labels[]>;
  labels(options: { match?: readonly string[]; start?: number; end?: number }): Promise<readonly string[]>;
  labelValues(name: string, options: { match?: readonly string[]; start?: number; end?: number }): Promise<readonly string[]>;
  metadata(options: { metric?: string; limit?: number }): Promise<Readonly<Record<string, readonly MetricMetadata[]>>>;
}
