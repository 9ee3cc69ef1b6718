import type { AttributeValue, TraceSummary } from '#server/traces/trace-backend.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { hexOf, timesAt } from '#server/traces/segment/span-at.ts';

/** What is told of every trace of a segment without its spans. Times in nanoseconds, `start` from the segment's base. */
export interface TraceTable {
  readonly start: Float64Array;
  /** From the first start to the latest end; never negative. */
  readonly duration: Float64Array;
  readonly errors: Uint32Array;
  /** Row that the trace is named by: its earliest span without a parent, else the earliest whose parent is missing; -1 for none (parents in a circle). */
  readonly root: Int32Array;
}

const tables = new WeakMap<Segment, TraceTable>();

/** Made once for a segment, as long as that lives. */
export function traceTable(segment: Segment): TraceTable {
  const known = tables.get(segment);
  if (known !== undefined) return known;
  const made = makeTable(segment);
  tables.set(segment, made);
  return made;
}

function makeTable({ traceCount, firstRow, start, duration, status, parentRow }: Segment): TraceTable {
  const table = { start: new Float64Array(traceCount), duration: new Float64Array(traceCount), errors: new Uint32Array(traceCount), root: new Int32Array(traceCount).fill(-1) };
  for (let t = 0; t < traceCount; t++) {
    const from = firstRow[t] ?? 0;
    const to = firstRow[t + 1] ?? 0;
    const begin = start[from] ?? 0;
    let end = begin;
    let errors = 0;
    let root = -1;
    let orphan = -1;
    for (let row = from; row < to; row++) {
      const at = start[row] ?? 0;
      const until = at + Math.max(0, duration[row] ?? 0);
      if (until > end) end = until;
      if (status[row] === 2) errors += 1;
      const parent = parentRow[row] ?? -1;
      // Rows are by start: the first of each sort is the earliest.
      if (root < 0 && parent === -1) root = row;
      else if (orphan < 0 && parent === -2) orphan = row;
    }
    table.start[t] = begin;
    table.duration[t] = end - begin;
    table.errors[t] = errors;
    table.root[t] = root >= 0 ? root : orphan;
  }
  return table;
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
  const root = traceTable(segment).root[trace] ?? -1;
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

/** A value as a key of a map: values of other types are other keys, lists and maps are compared by content. */
export function valueKey(value: AttributeValue): string | number | boolean {
  if (typeof value === 'string') return `"${value}`;
  return typeof value === 'object' ? JSON.stringify(value) : value;
}
