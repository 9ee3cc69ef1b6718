import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { timesAt } from '#server/traces/segment/span-at.ts';
import type { PipelineResult } from '#server/traces/traceql/evaluate.ts';

/** A spanset of a trace. */
export interface SpanSet {
  /** Ascending. */
  readonly rows: ArrayLike<number>;
  /** Of `by()` and aggregates. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** Start of spans, inclusive on both ends. */
export interface TimeRange {
  readonly fromUnixNano: bigint;
  readonly toUnixNano: bigint;
}

/** The spans of a segment that an answer is about: in the result of the pipeline, and started in the range. */
export interface Matched {
  readonly segment: Segment;
  /** How many spans. */
  readonly spans: number;
  /** Their rows, ascending. */
  rows(): Uint32Array;
  has(row: number): boolean;
  /** Traces that have one, ascending. */
  readonly traces: Uint32Array;
  /** Its spansets of a trace, with such rows only; none is empty. */
  spanSetsOf(trace: number): readonly SpanSet[];
}

/** What of a segment may count at all. */
export interface Allowed {
  /** Undefined when every span starts in the range. */
  readonly range: TimeRange | undefined;
  /** Traces to pass over, rising. */
  readonly skippedTraces: Uint32Array;
}

/** From a mask over rows (1: matches). `setsOf`: the spansets of the rows, where each trace's rows are not just one. The mask is changed. */
export function matchedByMask(segment: Segment, mask: Uint8Array, { range, skippedTraces }: Allowed, setsOf?: () => PipelineResult): Matched {
  const { firstRow, traceCount } = segment;
  for (const trace of skippedTraces) mask.fill(0, firstRow[trace] ?? 0, firstRow[trace + 1] ?? 0);
  if (range !== undefined) {
    const inRange = rangeTest(segment, range);
    for (let row = mask.indexOf(1); row >= 0; row = mask.indexOf(1, row + 1)) if (!inRange(row)) mask[row] = 0;
  }
  const traces = new Uint32Array(traceCount);
  let found = 0;
  let spans = 0;
  for (let trace = 0, row = 0; trace < traceCount; trace++) {
    const to = firstRow[trace + 1] ?? 0;
    const before = spans;
    for (; row < to; row++) spans += mask[row] ?? 0;
    if (spans > before) traces[found++] = trace;
  }
  const rowsWithin = (from: number, to: number, count: number): Uint32Array => {
    const rows = new Uint32Array(count);
    let next = 0;
    for (let row = from; row < to; row++) if (mask[row] === 1) rows[next++] = row;
    return rows.subarray(0, next);
  };
  return {
    segment,
    spans,
    rows: () => rowsWithin(0, mask.length, spans),
    has: (row) => mask[row] === 1,
    traces: traces.subarray(0, found),
    spanSetsOf: (trace) => {
      const from = firstRow[trace] ?? 0;
      const to = firstRow[trace + 1] ?? 0;
      const rows = rowsWithin(from, to, to - from);
      if (rows.length === 0) return [];
      return setsOf === undefined ? [{ rows, attributes: {} }] : bySets(rows, setsOf());
    },
  };
}

function bySets(rows: Uint32Array, { spanset, attributesOf }: PipelineResult): SpanSet[] {
  return [...Map.groupBy(rows, (row) => spanset[row] ?? -1)].map(([set, ofSet]) => ({ rows: ofSet, attributes: attributesOf(set) }));
}

/** Does the span of a row start in the range? Exact for any times. */
export function rangeTest(segment: Segment, { fromUnixNano, toUnixNano }: TimeRange): (row: number) => boolean {
  const { start, baseUnixNano, wideTimes } = segment;
  // Bounds that lie further off than a number tells exactly are further off than any span that is not wide.
  const from = Number(fromUnixNano - baseUnixNano);
  const to = Number(toUnixNano - baseUnixNano);
  const near = (row: number): boolean => {
    const at = start[row] ?? 0;
    return at >= from && at <= to;
  };
  if (wideTimes.size === 0) return near;
  return (row) => {
    if (!wideTimes.has(row)) return near(row);
    const at = timesAt(segment, row).startUnixNano;
    return at >= fromUnixNano && at <= toUnixNano;
  };
}
