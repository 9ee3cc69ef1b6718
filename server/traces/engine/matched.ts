import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { timesAt } from '#server/traces/segment/span-at.ts';

/** What a pipeline gives for a trace: a set of its spans. */
export interface SpanSet {
  /** Index of the trace in the segment. */
  readonly trace: number;
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

/** The spans of a segment that an answer is about: in some spanset of the pipeline's result, and started in the range. */
export interface Matched {
  readonly segment: Segment;
  /** 1 for each such row. */
  readonly mask: Uint8Array;
  readonly spans: number;
  /** Traces with such a row, ascending. */
  readonly traces: readonly number[];
  /** Its spansets of a trace, with such rows only; none is empty. */
  spanSetsOf(trace: number): readonly SpanSet[];
}

/** Keeps of spansets (by trace, ascending) what starts in the range and is not of a trace to pass over. */
export function matchedOf(segment: Segment, sets: Iterable<SpanSet>, range: TimeRange, skippedTraces: Uint32Array): Matched {
  const mask = new Uint8Array(segment.spanCount);
  const inRange = rangeTest(segment, range);
  const skipped = new Set(skippedTraces);
  const traces: number[] = [];
  const byTrace = new Map<number, SpanSet[]>();
  let spans = 0;
  for (const { trace, rows, attributes } of sets) {
    if (skipped.has(trace)) continue;
    const kept: number[] = [];
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] ?? 0;
      if (!inRange(row)) continue;
      kept.push(row);
      if (mask[row] === 0) {
        mask[row] = 1;
        spans += 1;
      }
    }
    if (kept.length === 0) continue;
    const set = { trace, rows: kept, attributes };
    const others = byTrace.get(trace);
    if (others !== undefined) others.push(set);
    else {
      byTrace.set(trace, [set]);
      traces.push(trace);
    }
  }
  return { segment, mask, spans, traces, spanSetsOf: (trace) => byTrace.get(trace) ?? [] };
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
