import type { ComparedTraces } from '#server/traces/compare/compare-opened.ts';
import type { GroupStatistics } from '#server/traces/core/trace-statistics.ts';
import type { Gathered, GatherTask, Side } from '#server/traces/compare/gather-traces.ts';
import type { PackedSegment } from '#server/traces/segment/packed-segment.ts';
import type { Trace } from '#server/traces/trace-backend.ts';
import type { OpenedTrace, StatisticsRequest } from '#server/traces/view/opened-trace.ts';
import type { SpanDetails } from '#server/traces/view/schemas.ts';
import type { TraceEncoding } from './encode-trace.ts';

/** What is asked about a trace again and again while its page is open. */
export interface TraceHead extends Pick<OpenedTrace, 'traceId' | 'version' | 'bytes'> {
  readonly count: number;
}

/** What a thread does for large traces. Those it has open are named by keys. */
export type TraceThreadVerbs = {
  open(key: number, packed: PackedSegment): TraceHead;
  find(key: number, text: string): number[];
  details(key: number, rows: readonly number[]): SpanDetails[];
  statistics(key: number, request: StatisticsRequest): GroupStatistics[];
  forget(key: number): void;
  compare(a: PackedSegment, b: PackedSegment, limit: number): ComparedTraces;
  /** Begins what `gather` and `gathered` go on with; `forget` gives it up. */
  begin(key: number, task: GatherTask): void;
  gather(key: number, side: Side, packed: PackedSegment): void;
  gathered(key: number, places: number): Gathered;
  encode(packed: PackedSegment, encoding: TraceEncoding): Uint8Array<ArrayBuffer>;
  /** The same of spans that are not in columns. */
  encodeSpans(trace: Trace, encoding: TraceEncoding): Uint8Array<ArrayBuffer>;
  close(): void;
};
