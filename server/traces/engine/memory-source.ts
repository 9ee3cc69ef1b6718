import { buildSegment } from '#server/traces/segment/build-segment.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { createSpanReader, hexOf } from '#server/traces/segment/span-at.ts';
import { memoryHandle } from '#server/traces/store/segment-handles.ts';
import type { SegmentSource } from '#server/traces/store/segment-source.ts';
import { catalogueOf } from './catalogue.ts';
import { evaluatePart } from './evaluate-part.ts';
import { joinSegments } from './join-segments.ts';

/** Segments at hand as a source of answers: spans fetched from elsewhere, and tests. A trace may lie in several of them. */
export function memorySource(segments: readonly Segment[]): SegmentSource {
  const handles = joinSegments(segments).map(({ segment, skippedTraces }, i) => memoryHandle(segment, skippedTraces, String(i)));
  return {
    fanOut: async (task, { signal, window } = {}) => {
      signal?.throwIfAborted();
      const wanted = window === undefined ? handles : handles.filter((h) => h.minStartUnixNano <= window.toUnixNano && h.maxStartUnixNano >= window.fromUnixNano);
      return { parts: [evaluatePart(wanted, task, () => signal?.aborted === true)], leftOut: [] };
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
