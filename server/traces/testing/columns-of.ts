import { buildSegment } from '#server/traces/segment/build-segment.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import { buildTraceColumns } from '#server/traces/view/build-columns.ts';
import type { TraceColumns } from '#server/traces/view/trace-columns.ts';

/** The columns of the one trace that these spans are. */
export function columnsOf(spans: readonly Span[]): TraceColumns {
  return buildTraceColumns(buildSegment(spans)).columns;
}
