import { buildSegment } from '#server/traces/segment/build-segment.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { createSpanReader, hexOf, timesAt } from '#server/traces/segment/span-at.ts';
import type { SegmentHandle, SegmentSource } from '#server/traces/store/segment-source.ts';
import { catalogueOf } from './catalogue.ts';
import { evaluatePart } from './evaluate-part.ts';
import { joinSegments } from './join-segments.ts';

/** Segments at hand as a source of answers: spans fetched from elsewhere, and tests. A trace may lie in several of them. */
export function memorySource(segments: readonly Segment[]): SegmentSource {
  const handles = joinSegments(segments).map(({ segment, skippedTraces }, i) => handleOf(segment, skippedTraces, String(i)));
  return {
    fanOut: async (task, { signal, window } = {}) => {
      signal?.throwIfAborted();
      const wanted = window === undefined ? handles : handles.filter((h) => h.minStartUnixNano <= window.toUnixNano && h.maxStartUnixNano >= window.fromUnixNano);
      return [evaluatePart(wanted, task, () => signal?.aborted === true)];
    },
    segment: async (traceId) => {
      const spans = segments.flatMap((segment) => {
        const { spanAt } = createSpanReader(segment);
        for (let trace = 0; trace < segment.traceCount; trace++) {
          if (hexOf(segment.traceIds, trace * 16, 16) !== traceId) continue;
          const from = segment.firstRow[trace] ?? 0;
          return Array.from({ length: (segment.firstRow[trace + 1] ?? from) - from }, (_, i) => spanAt(from + i));
        }
        return [];
      });
      return spans.length === 0 ? undefined : buildSegment(spans);
    },
    catalogue: async () => catalogueOf(segments),
  };
}

/** A segment that is wholly at hand: nothing is pruned by what it may contain. */
export function handleOf(segment: Segment, skippedTraces: Uint32Array, id: string): SegmentHandle {
  const { spanCount, traceCount, duration, sources } = segment;
  const range = { minStart: 0n, maxStart: 0n, maxEnd: 0n };
  for (let row = 0; row < spanCount; row++) {
    const { startUnixNano, endUnixNano } = timesAt(segment, row);
    if (row === 0 || startUnixNano < range.minStart) range.minStart = startUnixNano;
    if (row === 0 || startUnixNano > range.maxStart) range.maxStart = startUnixNano;
    if (row === 0 || endUnixNano > range.maxEnd) range.maxEnd = endUnixNano;
  }
  return {
    id,
    spanCount,
    traceCount,
    minStartUnixNano: range.minStart,
    maxStartUnixNano: range.maxStart,
    maxEndUnixNano: range.maxEnd,
    minDuration: duration.reduce((a, b) => Math.min(a, b), Infinity),
    maxDuration: duration.reduce((a, b) => Math.max(a, b), -Infinity),
    skippedTraces,
    services: [...new Set(sources.map((s) => s.service))],
    mayContain: () => true,
    numbersOf: () => ({ min: -Infinity, max: Infinity }),
    open: () => segment,
  };
}
