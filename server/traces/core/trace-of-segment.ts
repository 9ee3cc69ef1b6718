import { createSpanReader } from '#server/traces/segment/span-at.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import type { Trace } from '#server/traces/trace-backend.ts';
import { buildTraceColumns } from '#server/traces/view/build-columns.ts';

/** The trace of a segment that has one trace, as spans by start, with what a reader must know of it. */
export function traceOfSegment(segment: Segment): Trace {
  const { spanAt, traceIdOf } = createSpanReader(segment);
  return { traceId: traceIdOf(0), spans: Array.from({ length: segment.spanCount }, (_, row) => spanAt(row)), warnings: buildTraceColumns(segment).columns.warnings };
}
