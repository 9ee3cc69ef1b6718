import { SpanIdTable } from '#server/traces/core/span-id-table.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { hexOf, timesAt } from '#server/traces/segment/span-at.ts';
import { columnTexts } from './column-texts.ts';
import { columnWarnings } from './column-warnings.ts';
import { depthFirst } from './depth-first.ts';
import { selfTimes } from './self-times.ts';
import { MARKS, type TraceColumns, type TraceSource } from './trace-columns.ts';

/** A trace's columns, and where in its segment each of their rows is. */
export interface BuiltTrace {
  readonly columns: TraceColumns;
  /** For each row of the columns its row in the segment. */
  readonly segmentRows: Uint32Array;
}

/**
 * Makes one trace of a segment into the columns of its page. Every span has its row, once: one whose parent is absent is
 * a root marked `orphan`, a circle of parents is cut at its earliest span, spans that share an id stay apart. Linear in
 * spans, without recursion. A segment without that trace gives columns without rows.
 */
export function buildTraceColumns(segment: Segment, trace = 0): BuiltTrace {
  const first = segment.firstRow[trace] ?? 0;
  const count = Math.max(0, (segment.firstRow[trace + 1] ?? first) - first);
  const { parentRow: parentRows } = segment;
  const { order, parent, depth, descendants, cut } = depthFirst(Int32Array.from({ length: count }, (_, i) => Math.max(-1, (parentRows[first + i] ?? -1) - first)));
  const segmentRows = order.map((row) => row + first);
  const times = columnTimes(segment, segmentRows);
  const pick = <T extends Uint8Array | Uint32Array>(into: T, from: ArrayLike<number>): T => {
    for (let i = 0; i < count; i++) into[i] = from[segmentRows[i] ?? 0] ?? 0;
    return into;
  };
  const spanIds = pickBytes(segment.spanIds, segmentRows);
  const names = renumber(pick(new Uint32Array(count), segment.name.codes));
  const sourceCodes = renumber(pick(new Uint32Array(count), segment.source));
  const { services, sources } = columnSources(segment, sourceCodes.used);
  const marks = columnMarks(segment, segmentRows, spanIds, times.backwards);
  const cutRows = new Set(cut);
  if (cutRows.size > 0) for (const [position, row] of order.entries()) if (cutRows.has(row)) marks[position] = (marks[position] ?? 0) | MARKS.cutCycle;
  const columns = {
    traceId: count === 0 ? '' : hexOf(segment.traceIds, trace * 16, 16),
    count,
    startUnixNano: String(times.startUnixNano),
    durationNano: times.durationNano,
    services,
    names: names.used.map((code) => segment.name.values[code] ?? ''),
    sources,
    parent,
    depth,
    descendants,
    start: times.start,
    duration: times.duration,
    self: selfTimes(parent, times.start, times.duration),
    spanIds,
    source: sourceCodes.codes,
    name: names.codes,
    kind: pick(new Uint8Array(count), segment.kind),
    status: pick(new Uint8Array(count), segment.status),
    marks,
    texts: columnTexts(segment, segmentRows),
    newestEndMs: Number((times.startUnixNano + BigInt(Math.ceil(times.durationNano))) / 1_000_000n),
  };
  return { columns: { ...columns, warnings: columnWarnings(columns, pickBytes(segment.parentSpanIds, segmentRows)) }, segmentRows };
}

/** Offsets from the earliest start; a span that ends before it starts has no duration. */
function columnTimes(segment: Segment, segmentRows: Uint32Array): { startUnixNano: bigint; durationNano: number; start: Float64Array; duration: Float64Array; backwards: number[] } {
  const count = segmentRows.length;
  const { start: starts, duration: durations, wideTimes } = segment;
  let startUnixNano: bigint | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const row of segmentRows) {
    const wide = wideTimes.size === 0 ? undefined : wideTimes.get(row);
    if (wide === undefined) least = Math.min(least, starts[row] ?? 0);
    else if (startUnixNano === undefined || wide.startUnixNano < startUnixNano) startUnixNano = wide.startUnixNano;
  }
  if (least !== Number.POSITIVE_INFINITY) {
    const exact = segment.baseUnixNano + BigInt(least);
    if (startUnixNano === undefined || exact < startUnixNano) startUnixNano = exact;
  }
  const from = startUnixNano ?? 0n;
  // Exact while the trace spans less than 104 days.
  const shift = Number(segment.baseUnixNano - from);
  const start = new Float64Array(count);
  const duration = new Float64Array(count);
  const backwards: number[] = [];
  let durationNano = 0;
  for (let i = 0; i < count; i++) {
    const row = segmentRows[i] ?? 0;
    const wide = wideTimes.size === 0 ? undefined : wideTimes.get(row);
    const length = wide === undefined ? (durations[row] ?? 0) : Number(wide.endUnixNano - wide.startUnixNano);
    if (length < 0) backwards.push(i);
    start[i] = wide === undefined ? (Number.isSafeInteger(shift) ? (starts[row] ?? 0) + shift : Number(timesAt(segment, row).startUnixNano - from)) : Number(wide.startUnixNano - from);
    duration[i] = Math.max(0, length);
    durationNano = Math.max(durationNano, (start[i] ?? 0) + (duration[i] ?? 0));
  }
  return { startUnixNano: from, durationNano, start, duration, backwards };
}

function columnSources(segment: Segment, used: readonly number[]): { services: string[]; sources: TraceSource[] } {
  const services: string[] = [];
  const sources = used.flatMap((code): TraceSource[] => {
    const source = segment.sources[code];
    if (source === undefined) return [];
    let service = services.indexOf(source.service);
    if (service === -1) service = services.push(source.service) - 1;
    return [{ service, resource: source.resource, scope: { name: source.scope.name, ...(source.scope.version === undefined ? {} : { version: source.scope.version }), ...(source.scope.attributes === undefined ? {} : { attributes: source.scope.attributes }) } }];
  });
  return { services, sources };
}

/** Istio's proxies tag their spans with `component=proxy` and a node id of the form `sidecar~ip~name~domain`. */
const PROXY_NODE = /^(sidecar|router|waypoint|ztunnel)~/;

function columnMarks(segment: Segment, segmentRows: Uint32Array, spanIds: Uint8Array, backwards: readonly number[]): Uint16Array {
  const { parentRow, events, links } = segment;
  const marks = new Uint16Array(segmentRows.length);
  const add = (row: number, mark: number): void => void (marks[row] = (marks[row] ?? 0) | mark);
  const exception = events.name.values.indexOf('exception');
  const proxyBy = (['component', 'node_id'] as const).flatMap((key) => {
    const column = segment.attribute('span', key);
    return column === undefined ? [] : [{ codes: column.codes, isProxy: [false, ...column.values.map(({ value }) => (key === 'component' ? value === 'proxy' : typeof value === 'string' && PROXY_NODE.test(value)))] }];
  });
  for (let i = 0; i < marks.length; i++) {
    const row = segmentRows[i] ?? 0;
    if (parentRow[row] === -2) add(i, MARKS.orphan);
    for (const { codes, isProxy } of proxyBy) if (isProxy[codes[row] ?? 0] === true) add(i, MARKS.proxy);
    const firstEvent = events.first[row] ?? 0;
    const endEvent = events.first[row + 1] ?? firstEvent;
    if (endEvent > firstEvent) add(i, MARKS.hasEvents);
    if (exception !== -1) for (let e = firstEvent; e < endEvent; e++) if (events.name.codes[e] === exception) add(i, MARKS.hasException);
    if ((links.first[row + 1] ?? 0) > (links.first[row] ?? 0)) add(i, MARKS.hasLinks);
  }
  for (const key of segment.attributeKeys('span')) {
    const codes = segment.attribute('span', key)?.codes;
    if (codes !== undefined) for (let i = 0; i < marks.length; i++) if (codes[segmentRows[i] ?? 0] !== 0) add(i, MARKS.hasAttributes);
  }
  for (const row of backwards) add(row, MARKS.backwards);
  for (const group of new SpanIdTable(spanIds).shared()) {
    const [one = 0, other = 0] = group.map((row) => segmentRows[row] ?? 0);
    // The two halves of a call share their id on purpose.
    if (group.length === 2 && (parentRow[one] === other || parentRow[other] === one)) continue;
    for (const row of group) add(row, MARKS.duplicateId);
  }
  return marks;
}

function pickBytes(ids: Uint8Array, segmentRows: Uint32Array): Uint8Array {
  const out = new Uint8Array(segmentRows.length * 8);
  for (const [i, row] of segmentRows.entries()) for (let b = 0; b < 8; b++) out[i * 8 + b] = ids[row * 8 + b] ?? 0;
  return out;
}

/** Numbers codes anew from 0 in the order they come, so that a dictionary can be cut to what is used. */
function renumber(codes: Uint32Array): { codes: Uint32Array; used: number[] } {
  const known = new Map<number, number>();
  const used: number[] = [];
  return {
    used,
    codes: codes.map((code) => {
      let number = known.get(code);
      if (number === undefined) known.set(code, (number = used.push(code) - 1));
      return number;
    }),
  };
}
