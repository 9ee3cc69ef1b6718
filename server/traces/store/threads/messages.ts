import type { PackedSegment } from '#server/traces/segment/packed-segment.ts';
import type { PackedSpans } from '#server/traces/segment/packed-spans.ts';
import type { OtlpEncoding } from '#server/traces/otlp/decode-request.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import type { AppendOutcome, OtlpOutcome } from '../append-outcome.ts';
import type { BlockRef } from '../block-set.ts';
import type { CompactionJob } from '../compact-blocks.ts';
import type { Catalogue, FanOutOptions, Shares } from '../segment-source.ts';

/** What the writer's thread is started with. */
export interface WriterData {
  readonly directory: string;
  readonly headBytes: number;
  readonly cacheBytes: number;
  readonly retentionMs: number;
  readonly maxBytes: number;
  /** Address of the module that has `evaluatePart`. */
  readonly evaluator: string;
}
export interface ReaderData {
  readonly cacheBytes: number;
  readonly evaluator: string;
}

/** A flag that another thread may set: the first item is not 0. */
export type CancelFlag = Int32Array;

export type WriterVerbs = {
  append(spans: readonly Span[], nowMs: number): AppendOutcome;
  /** The same of spans that come as bytes. */
  appendPacked(packed: PackedSpans, nowMs: number): AppendOutcome;
  appendOtlp(body: Uint8Array, encoding: OtlpEncoding, nowMs: number): OtlpOutcome;
  /** Evaluates what is in memory. The blocks stay as they are until `unpin`. */
  share(task: unknown, window: FanOutOptions['window'], cancel: CancelFlag): Shares & { readonly pin: number; readonly blocks: readonly BlockRef[] };
  /** The part of a trace that is in memory, and the blocks that may have more of it. */
  trace(traceId: string): { readonly pin: number; readonly head: PackedSegment | undefined; readonly blocks: readonly Pick<BlockRef, 'id' | 'path'>[] };
  /** Another text when spans of the trace came or went, and now and then without that. Looks at no span. */
  traceState(traceId: string): string;
  unpin(pin: number): void;
  catalogue(): Catalogue;
  counts(): { readonly traces: number; readonly spans: number; readonly bytes: number; readonly blocks: number; readonly headBytes: number };
  tick(nowMs: number): void;
  /** Writes everything to blocks. */
  flush(): void;
  /** Deletes what is due. Gives the number of spans deleted. */
  sweep(limits: { readonly storedBeforeMs: number; readonly maxBytes: number }): number;
  close(): void;
};

/** Some row groups of blocks, to be evaluated in one go. */
export interface Unit {
  readonly blocks: readonly (BlockRef & { readonly wanted: readonly number[] })[];
  /** Of the state that they belong to. */
  readonly pin: number;
  readonly task: unknown;
  readonly cancel: CancelFlag;
}

export type ReaderVerbs = {
  evaluate(unit: Unit): Shares;
  /** A trace, put together from blocks and the part that was in the writer's memory. */
  trace(traceId: string, blocks: readonly Pick<BlockRef, 'id' | 'path'>[], head: PackedSegment | undefined): PackedSegment | undefined;
  /** Closes files of blocks that are not among `ids`, which are those of the state `pin`. */
  forget(ids: readonly string[], pin: number): void;
  close(): void;
};

export type CompactorVerbs = {
  compact(job: CompactionJob): void;
  close(): void;
};
