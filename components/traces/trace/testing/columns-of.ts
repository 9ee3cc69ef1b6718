import { SPAN_KINDS, SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import type { SpanKind, SpanStatus } from '#server/traces/trace-backend.ts';
import type { TraceColumns } from '#server/traces/view/trace-columns.ts';

/** A span of a trace made for a test; times in nanoseconds from the trace's start. */
export interface SpanSketch {
  /** Index of the parent in the list; −1 (the default) for a root. Parents come first. */
  readonly parent?: number;
  readonly start?: number;
  readonly duration?: number;
  readonly service?: string;
  readonly name?: string;
  readonly kind?: SpanKind;
  readonly status?: SpanStatus;
  readonly marks?: number;
}

/** Columns of spans that are listed depth first, for tests of what a page does with them. */
export function columnsOf(spans: readonly SpanSketch[]): TraceColumns {
  const count = spans.length;
  const services = [...new Set(spans.map((s) => s.service ?? 'ui'))];
  const names = [...new Set(spans.map((s) => s.name ?? 'op'))];
  const parent = Int32Array.from(spans, (s) => s.parent ?? -1);
  const depth = new Uint32Array(count);
  const descendants = new Uint32Array(count);
  for (const [row, above] of parent.entries()) if (above >= 0) depth[row] = (depth[above] ?? 0) + 1;
  for (const [row, above] of [...parent.entries()].toReversed()) if (above >= 0) descendants[above] = (descendants[above] ?? 0) + (descendants[row] ?? 0) + 1;
  const spanIds = new Uint8Array(count * 8);
  const view = new DataView(spanIds.buffer);
  for (let row = 0; row < count; row++) view.setBigUint64(row * 8, BigInt(row + 1));
  const duration = Float64Array.from(spans, (s) => s.duration ?? 10);
  const start = Float64Array.from(spans, (s) => s.start ?? 0);
  return {
    traceId: '0'.repeat(31) + '1',
    count,
    startUnixNano: '1700000000000000000',
    durationNano: spans.reduce((most, s) => Math.max(most, (s.start ?? 0) + (s.duration ?? 10)), 0),
    services,
    names,
    sources: services.map((_, service) => ({ service, resource: {}, scope: { name: '' } })),
    parent,
    depth,
    descendants,
    start,
    duration,
    self: duration,
    spanIds,
    source: Uint32Array.from(spans, (s) => services.indexOf(s.service ?? 'ui')),
    name: Uint32Array.from(spans, (s) => names.indexOf(s.name ?? 'op')),
    kind: Uint8Array.from(spans, (s) => SPAN_KINDS.indexOf(s.kind ?? 'server')),
    status: Uint8Array.from(spans, (s) => SPAN_STATUSES.indexOf(s.status ?? 'unset')),
    marks: Uint16Array.from(spans, (s) => s.marks ?? 0),
    texts: {},
    warnings: [],
    newestEndMs: 1_700_000_000_000,
  };
}
