import { buildSegment } from '#server/traces/segment/build-segment.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import { buildTraceColumns } from '#server/traces/view/build-columns.ts';

/** What a reader of the trace that these spans are must know (view/column-warnings.ts). Puts all of them in columns: not for lists. */
export function traceWarnings(spans: readonly Span[]): readonly string[] {
  return buildTraceColumns(buildSegment(spans)).columns.warnings;
}
