import type { SpanSample } from '#server/traces/derived/span-sample.ts';
import type { TrafficSummary } from '#server/traces/derived/traffic-summary.ts';
import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { Segment } from '#server/traces/segment/segment.ts';

/**
 * How questions reach what is stored, without it being moved: the store calls one pure function, the evaluator, in the
 * threads where the segments are, and gives back what each call made of its share. Together the shares are one state of
 * the store, and every trace is whole in exactly one of them.
 *
 * ```
 *  questions.ts ── fanOut(task) ──┬── writer thread: evaluatePart([head, joined], task)   recent spans, traces put together
 *   (merges the parts)            ├── reader thread: evaluatePart([group, group …], task)  row groups of block files
 *                                 └── reader thread: evaluatePart([group …], task)
 * ```
 * A trace that got spans after it was written to a block is, for the time until compaction joins it, in several places.
 * Such traces are given whole in a segment of their own ("joined"), and are in `skippedTraces` of all others.
 */
export interface SegmentHandle {
  /** Of its spans: the same as long as they are the same, never used for others. `skippedTraces` may change meanwhile. */
  readonly id: string;
  readonly spanCount: number;
  readonly traceCount: number;
  /** Of its spans' starts, and the latest end. Meaningless when it has no spans. */
  readonly minStartUnixNano: bigint;
  readonly maxStartUnixNano: bigint;
  readonly maxEndUnixNano: bigint;
  /** Of its spans' durations, nanoseconds. */
  readonly minDuration: number;
  readonly maxDuration: number;
  /** Indexes of traces to pass over, rising: they are whole in another handle. */
  readonly skippedTraces: Uint32Array;
  /** The services whose spans it has. */
  readonly services: readonly string[];
  /**
   * False only when no span (event, link, resource, scope) here has the key, or, with a value, none has that value: compared
   * as `String(value)`; a list has the values of its items. Cheap: looks at what is in memory, or at a small filter.
   */
  mayContain(owner: ColumnOwner, key: string, value?: AttributeValue): boolean;
  /** The range of the numbers among the values of a key; undefined when there are none. Lists and maps are not looked into. */
  numbersOf(owner: 'span' | 'event' | 'link', key: string): { readonly min: number; readonly max: number } | undefined;
  /** What its traces, all of them, say of the traffic between services, where that was worked out when they were stored. */
  traffic?(): TrafficSummary | undefined;
  /** The fields of its spans with a hash below STORED_SAMPLE (derived/span-hash.ts), where they were put aside when it was stored. */
  sample?(): SpanSample | undefined;
  /**
   * What `make` gave for the spans of this handle when it was last asked for under the key, if that is still kept; `bytes` is
   * the memory it takes, roughly. The key says all that it depends on but the spans. Nobody may change it.
   */
  keep<T>(key: string, make: () => { readonly value: T; readonly bytes: number }): T;
  /** The spans. Columns are read from disk when they are touched. Throws DamagedDataError when the file is damaged. */
  open(): Segment;
}

/** Whose key it is. `name`, `status-message` and `event-name` have no key: ''. */
export type ColumnOwner = 'span' | 'event' | 'link' | 'resource' | 'scope' | 'name' | 'status-message' | 'event-name';

/**
 * What is run in the store's threads: exported as `evaluatePart` by a module (server/traces/engine/evaluate-part.ts). Gets
 * a share of the segments and the task, gives a part of the answer; both cross threads, so they are plain data
 * (structured clone). Handles are not to be kept after it returned. May be called with no segments.
 * Throws `TaskCancelled` when it sees `cancelled()` (look every few milliseconds); what else it throws rejects `fanOut`.
 */
export type EvaluatePart = (segments: readonly SegmentHandle[], task: unknown, cancelled: () => boolean) => unknown;

/** The task was given up; nobody waits for its result. */
export class TaskCancelled extends Error {
  override readonly name = 'TaskCancelled';
}

export interface SegmentSource {
  /**
   * Runs the evaluator over everything that is stored, in the threads that have it; handles that `window` cannot need do
   * not reach it. Rejects with the signal's reason when it aborts, with ServerError `internal` when the evaluator throws.
   */
  fanOut(task: unknown, options?: FanOutOptions): Promise<Shares>;
  /** The whole trace as a segment of one trace; undefined when no span of it is stored. */
  segment(traceId: string): Promise<Segment | undefined>;
  /** What is known of names without looking at spans. */
  catalogue(): Promise<Catalogue>;
}

/** What the evaluator made of all shares: its parts in no order, at least one, and what could not be read for them. */
export interface Shares {
  readonly parts: readonly unknown[];
  readonly leftOut: readonly LeftOut[];
}

/** Stored spans that cannot be read. How many, and the range of their starts, where that much is known. */
export interface LeftOut {
  readonly reason: string;
  readonly about?: { readonly spans: number; readonly minStartUnixNano: bigint; readonly maxStartUnixNano: bigint };
}

export interface FanOutOptions {
  /** Handles none of whose spans start within [from, to] are left out; a trace may have spans in and out of it. */
  readonly window?: { readonly fromUnixNano: bigint; readonly toUnixNano: bigint };
  readonly signal?: AbortSignal;
}

/** Names of what is stored. Counts are of spans. Unbounded names (an id in each) are cut off after some thousands. */
export interface Catalogue {
  readonly operations: readonly { readonly service: string; readonly name: string; readonly kind: number; readonly spans: number; readonly errors: number }[];
  /** Types as `AttributeInfo` (trace-questions.ts) names them. */
  readonly attributes: readonly { readonly owner: 'span' | 'event' | 'link' | 'resource' | 'scope'; readonly key: string; readonly types: readonly CatalogueType[] }[];
}
export type CatalogueType = 'string' | 'int' | 'float' | 'bool' | 'list' | 'map' | 'bytes';
