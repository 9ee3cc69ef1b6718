import type { Span, TraceSummary } from '#server/traces/trace-backend.ts';
import { serviceOf } from './span-service.ts';

/**
 * The row of a trace in a list. Its root is the earliest span without a parent; when that span is missing, the earliest
 * of those whose parent is missing stands in for it and the trace is `incomplete`. Undefined for no spans.
 */
export function summarizeTrace(spans: readonly Span[]): TraceSummary | undefined {
  const first = spans[0];
  if (first === undefined) return undefined;
  const ids = new Set(spans.map((s) => s.spanId));
  let start = BigInt(first.startUnixNano);
  let end = start;
  let errorCount = 0;
  let root: Span | undefined;
  let orphan: Span | undefined;
  const services = new Map<string, { name: string; spanCount: number; errorCount: number }>();
  for (const span of spans) {
    const from = BigInt(span.startUnixNano);
    const to = BigInt(span.endUnixNano);
    if (from < start) start = from;
    if (from > end) end = from;
    if (to > end) end = to;
    const failed = span.status.code === 'error' ? 1 : 0;
    errorCount += failed;
    const name = serviceOf(span);
    const service = services.get(name) ?? { name, spanCount: 0, errorCount: 0 };
    service.spanCount += 1;
    service.errorCount += failed;
    services.set(name, service);
    if (span.parentSpanId === undefined) root = earlier(root, span);
    else if (!ids.has(span.parentSpanId)) orphan = earlier(orphan, span);
  }
  const named = root ?? orphan;
  return {
    traceId: first.traceId,
    rootService: named === undefined ? '' : serviceOf(named),
    rootName: named?.name ?? '',
    startUnixNano: String(start),
    durationNano: String(end - start),
    spanCount: spans.length,
    errorCount,
    services: [...services.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    incomplete: orphan !== undefined,
  };
}

/** Ties go to the smaller span id, so that the order of arrival does not matter. */
function earlier(a: Span | undefined, b: Span): Span {
  if (a === undefined) return b;
  const difference = BigInt(b.startUnixNano) - BigInt(a.startUnixNano);
  return difference < 0n || (difference === 0n && b.spanId < a.spanId) ? b : a;
}
