import type { MetricsBackend, QueryAnswer, QueryError, QueryJson } from '#server/promql/metrics-backend.ts';
import type { TsdbStatus } from '#server/prometheus-api/tsdb-status.ts';
import type { EngineOptions } from '#server/promql/engine.ts';
import type { DatabaseStats, MaintenanceReport } from '#server/timeseries/database.ts';

/** What the thread opens; everything here can be sent between threads. Durations are milliseconds. */
export interface DatabaseSettings {
  readonly directory: string;
  readonly retentionMs: number;
  /** Most bytes of blocks on disk. */
  readonly maxBytes: number;
  readonly outOfOrderWindowMs: number;
  readonly blockRangeMs: number;
  /** The last log segment to read: later ones are still being written. Absent = all of them. */
  readonly replayThrough?: number;
}

/** What a thread is started with. */
export interface MetricsWorkerData {
  readonly database: DatabaseSettings;
  readonly engine: EngineOptions;
  /** One number for each call under way: not 0 = give it up. */
  readonly flags: SharedArrayBuffer;
}

/** What can be asked of the thread about metrics: the backend's own methods. */
export type BackendVerb = keyof MetricsBackend;
export type BackendCall = { readonly [V in BackendVerb]: { readonly verb: V; readonly args: Parameters<MetricsBackend[V]> } }[BackendVerb];
export type BackendAnswer<V extends BackendVerb> = V extends 'query' | 'queryRange' ? SentAnswer : Awaited<ReturnType<MetricsBackend[V]>>;

/** A query's answer on its way between threads: JSON is several times faster to send than objects, but histograms do not fit in. */
export type SentAnswer = { readonly kind: 'json'; readonly json: QueryJson } | { readonly kind: 'objects'; readonly answer: QueryAnswer };

/** What the thread is told, in the order in which it happened. */
export type ToWorker =
  | { readonly kind: 'commit'; readonly bytes: Uint8Array<ArrayBuffer> }
  /** `deadline` in Unix ms. */
  | { readonly kind: 'call'; readonly id: number; readonly slot: number; readonly deadline: number; readonly call: BackendCall }
  | { readonly kind: 'snapshot'; readonly id: number; readonly coveredSegment: number }
  | { readonly kind: 'maintain'; readonly id: number; readonly now: number }
  | { readonly kind: 'stats'; readonly id: number }
  /** `limit`: lines of each statistic. */
  | { readonly kind: 'status'; readonly id: number; readonly limit: number }
  | { readonly kind: 'close'; readonly id: number };

/** What goes wrong in the thread, by value. */
export type WorkerFailure = { readonly errorType: QueryError['errorType']; readonly message: string };

/** What the thread says. */
export type FromWorker =
  /** `series` is a commit with the last sample of every series that is known. */
  | { readonly kind: 'opened'; readonly series: Uint8Array<ArrayBuffer>; readonly nextRef: number; readonly nextSegment: number; readonly warnings: readonly string[] }
  | { readonly kind: 'unopened'; readonly message: string }
  | { readonly kind: 'applied'; readonly bytes: number }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: WorkerFailure };

/** What the thread answers to what is not about metrics. */
export interface WorkerAnswers {
  readonly snapshot: undefined;
  readonly maintain: MaintenanceReport;
  readonly stats: DatabaseStats;
  readonly status: TsdbStatus;
  readonly close: undefined;
}
