import type { Labels, MetricMetadata } from '#server/timeseries/storage.ts';

/**
 * What the rest of the server (graph, rollouts, overview) and the Prometheus HTTP API ask of metrics; answered by the
 * embedded engine or by a remote Prometheus-compatible server. Times are Unix seconds, as in Prometheus' HTTP API.
 */
export type SamplePair = readonly [timeSeconds: number, value: number];
export type QueryValue =
  | { readonly resultType: 'vector'; readonly result: readonly { readonly metric: Labels; readonly value: SamplePair }[] }
  | { readonly resultType: 'matrix'; readonly result: readonly { readonly metric: Labels; readonly values: readonly SamplePair[] }[] }
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
export interface MetricsBackend {
  query(promql: string, options?: QueryLimits & { readonly time?: number }): Promise<QueryAnswer>;
  queryRange(promql: string, options: QueryLimits & { readonly start: number; readonly end: number; readonly step: number }): Promise<QueryAnswer>;
  /** `match` are series selectors (`{job="x"}`), OR-ed. */
  series(options: { match: readonly string[]; start?: number; end?: number }): Promise<readonly Labels[]>;
  labels(options: { match?: readonly string[]; start?: number; end?: number }): Promise<readonly string[]>;
  labelValues(name: string, options: { match?: readonly string[]; start?: number; end?: number }): Promise<readonly string[]>;
  metadata(options: { metric?: string; limit?: number }): Promise<Readonly<Record<string, readonly MetricMetadata[]>>>;
}
