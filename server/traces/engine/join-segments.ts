import type { Span } from '#server/traces/trace-backend.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { createSpanReader, hexOf } from '#server/traces/segment/span-at.ts';

export interface JoinedSegment {
  readonly segment: Segment;
  /** Traces that are whole in another of them, rising. */
  readonly skippedTraces: Uint32Array;
}

/** Makes every trace whole in exactly one segment: those that lie in several are put together in one more. */
export function joinSegments(segments: readonly Segment[]): JoinedSegment[] {
  const places = new Map<string, { readonly segment: Segment; readonly trace: number }[]>();
  for (const segment of segments) {
    for (let trace = 0; trace < segment.traceCount; trace++) {
      const id = hexOf(segment.traceIds, trace * 16, 16);
      const known = places.get(id);
      if (known === undefined) places.set(id, [{ segment, trace }]);
      else known.push({ segment, trace });
    }
  }
  const split = [...places.values()].filter((each) => each.length > 1);
  const skipped = new Map<Segment, number[]>();
  const readers = new Map(segments.map((segment) => [segment, createSpanReader(segment)]));
  const spans: Span[] = [];
  for (const { segment, trace } of split.flat()) {
    skipped.set(segment, [...(skipped.get(segment) ?? []), trace]);
    const { spanAt } = readers.get(segment) ?? createSpanReader(segment);
    for (let row = segment.firstRow[trace] ?? 0; row < (segment.firstRow[trace + 1] ?? 0); row++) spans.push(spanAt(row));
  }
  const joined = segments.map((segment) => ({ segment, skippedTraces: Uint32Array.from(skipped.get(segment) ?? []).sort() }));
  return spans.length === 0 ? joined : [...joined, { segment: buildSegment(spans), skippedTraces: new Uint32Array() }];
}
