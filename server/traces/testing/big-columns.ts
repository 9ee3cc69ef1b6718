import { depthFirst } from '#server/traces/view/depth-first.ts';
import { selfTimes } from '#server/traces/view/self-times.ts';
import { MARKS, type TraceColumns } from '#server/traces/view/trace-columns.ts';
import type { TraceShape } from './shaped-trace.ts';

/**
 * The columns of a large trace, made at once instead of from spans: all below one root, each below the one before, or
 * eight below each. Children run one after another within their parent; every tenth row fails; eight services on three
 * hosts, forty names, servers and clients in turn. Nanoseconds.
 */
export function bigColumns(shape: TraceShape, count = 100_000, { marks = MARKS.hasAttributes }: { readonly marks?: number } = {}): TraceColumns {
  const fanOut = shape === 'wide' ? count : shape === 'deep' ? 1 : 8;
  const { order, parent, depth, descendants } = depthFirst(Int32Array.from({ length: count }, (_, i) => (i === 0 ? -1 : Math.floor((i - 1) / fanOut))));
  const start = new Float64Array(count);
  const duration = new Float64Array(count);
  duration[0] = 16 * (shape === '8-ary' ? 8 ** 7 : count);
  for (let row = 1; row < count; row++) {
    const above = parent[row] ?? 0;
    const slot = (duration[above] ?? 0) / Math.min(fanOut, count);
    const place = ((order[row] ?? 0) - 1) % fanOut;
    start[row] = shape === 'deep' ? row : Math.floor((start[above] ?? 0) + place * slot + 1);
    duration[row] = shape === 'deep' ? (duration[0] ?? 0) - 2 * row : Math.max(1, Math.floor(slot * 0.9));
  }
  const spanIds = new Uint8Array(count * 8);
  const ids = new DataView(spanIds.buffer);
  for (let row = 0; row < count; row++) ids.setUint32(row * 8 + 4, (order[row] ?? 0) + 1);
  const services = Array.from({ length: 8 }, (_, i) => `service-${i}`);
  return {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    count,
    startUnixNano: '1795000000000000000',
    durationNano: duration[0] ?? 0,
    services,
    names: Array.from({ length: 40 }, (_, i) => `operation ${i}`),
    sources: services.map((_, service) => ({ service, resource: { 'host.name': `host-${service % 3}` }, scope: { name: '' } })),
    parent,
    depth,
    descendants,
    start,
    duration,
    self: selfTimes(parent, start, duration),
    spanIds,
    source: order.map((i) => (i * 7 + Math.floor(i / 3)) % 8),
    name: order.map((i) => i % 40),
    kind: Uint8Array.from(order, (i) => (i % 2 === 0 ? 2 : 3)),
    status: Uint8Array.from(order, (i) => (i % 10 === 9 ? 2 : 0)),
    marks: new Uint16Array(count).fill(marks),
    texts: {},
    warnings: [],
    newestEndMs: 1_795_000_000_001,
  };
}
