import type { TraceSummary } from '#server/traces/trace-backend.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { hexOf, timesAt } from '#server/traces/segment/span-at.ts';
import type { SegmentHandle } from '#server/traces/store/segment-source.ts';

/** What is told of every trace of a segment without its spans; each is made from the columns it needs when it is first asked for. */
export interface TraceTable {
  /** Nanoseconds from the base of the segment to the first start. Exact unless that span is in `wideTimes`. */
  starts(): Float64Array;
  /** Nanoseconds from the first start to the latest end; never negative. */
  durations(): Float64Array;
  errors(): Uint32Array;
  /** Row that the trace is named by; -1 for none. */
  roots(): Int32Array;
}

const tables = new WeakMap<Segment, TraceTable>();

/** One for a segment, as long as that lives. */
export function traceTable(segment: Segment): TraceTable {
  return tables.get(segment) ?? tableOf(segment, (_, make) => make());
}

/** The spans of a handle, whose table of traces is kept with it. */
export function openSegment(handle: SegmentHandle): Segment {
  const segment = handle.open();
  // A segment in memory is the same each time.
  if (!tables.has(segment)) tableOf(segment, (key, make) => handle.keep(`traces ${key}`, () => { const value = make(); return { value, bytes: value.byteLength + 200 }; }));
  return segment;
}

function tableOf(segment: Segment, keep: <T extends { readonly byteLength: number }>(key: string, make: () => T) => T): TraceTable {
  const made: TraceTable = {
    starts: once(() => keep('starts', () => startsOf(segment))),
    durations: once(() => keep('durations', () => durationsOf(segment))),
    errors: once(() => keep('errors', () => errorsOf(segment))),
    roots: once(() => keep('roots', () => rootsOf(segment))),
  };
  tables.set(segment, made);
  return made;
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function startsOf({ traceCount, firstRow, start }: Segment): Float64Array {
  const starts = new Float64Array(traceCount);
  for (let t = 0; t < traceCount; t++) starts[t] = start[firstRow[t] ?? 0] ?? 0;
  return starts;
}

function durationsOf({ traceCount, firstRow, start, duration }: Segment): Float64Array {
  const durations = new Float64Array(traceCount);
  for (let t = 0; t < traceCount; t++) {
    const from = firstRow[t] ?? 0;
    const to = firstRow[t + 1] ?? 0;
    const begin = start[from] ?? 0;
    let end = begin;
    for (let row = from; row < to; row++) {
      const until = (start[row] ?? 0) + Math.max(0, duration[row] ?? 0);
      if (until > end) end = until;
    }
    durations[t] = end - begin;
  }
  return durations;
}

function errorsOf({ traceCount, firstRow, status }: Segment): Uint32Array {
  const errors = new Uint32Array(traceCount);
  for (let t = 0; t < traceCount; t++) {
    const to = firstRow[t + 1] ?? 0;
    let count = 0;
    for (let row = firstRow[t] ?? 0; row < to; row++) if (status[row] === 2) count += 1;
    errors[t] = count;
  }
  return errors;
}

function rootsOf(segment: Segment): Int32Array {
  return Int32Array.from({ length: segment.traceCount }, (_, trace) => rootOf(segment, trace));
}

/** The row that a trace is named by: its earliest span without a parent, else the earliest whose parent is missing; -1 when all parents go in a circle. */
function rootOf({ firstRow, parentRow }: Segment, trace: number): number {
  const to = firstRow[trace + 1] ?? 0;
  let orphan = -1;
  // Rows are by start: the first of each sort is the earliest.
  for (let row = firstRow[trace] ?? 0; row < to; row++) {
    if (parentRow[row] === -1) return row;
    if (orphan < 0 && parentRow[row] === -2) orphan = row;
  }
  return orphan;
}

/** The row of a trace in a list, from its rows. Exact for any times. */
export function summaryOf(segment: Segment, trace: number): TraceSummary {
  const { firstRow, source, sources, status, name, parentRow } = segment;
  const from = firstRow[trace] ?? 0;
  const to = firstRow[trace + 1] ?? 0;
  const start = timesAt(segment, from).startUnixNano;
  let end = start;
  let errorCount = 0;
  let incomplete = false;
  const services = new Map<string, { name: string; spanCount: number; errorCount: number }>();
  for (let row = from; row < to; row++) {
    const times = timesAt(segment, row);
    if (times.startUnixNano > end) end = times.startUnixNano;
    if (times.endUnixNano > end) end = times.endUnixNano;
    const failed = status[row] === 2 ? 1 : 0;
    errorCount += failed;
    if (parentRow[row] === -2) incomplete = true;
    const named = sources[source[row] ?? 0]?.service ?? '';
    const service = services.get(named) ?? { name: named, spanCount: 0, errorCount: 0 };
    service.spanCount += 1;
    service.errorCount += failed;
    services.set(named, service);
  }
  const root = rootOf(segment, trace);
  return {
    traceId: hexOf(segment.traceIds, trace * 16, 16),
    rootService: root < 0 ? '' : (sources[source[root] ?? 0]?.service ?? ''),
    rootName: root < 0 ? '' : (name.values[name.codes[root] ?? 0] ?? ''),
    startUnixNano: String(start),
    durationNano: String(end - start),
    spanCount: to - from,
    errorCount,
    services: [...services.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    incomplete,
  };
}
