import { TextDictionary, ValueDictionary, packCodes } from './dictionary.ts';
import { planMerge, type MergePart, type PlannedTrace } from './merge-plan.ts';
import { fromPlainSegment, toPlainSegment } from './plain-segment.ts';
import { writeParentRows } from './parent-rows.ts';
import type { AttributeColumn, AttributeOwner, EventTable, LinkTable, Segment, SegmentSource, TextColumn } from './segment.ts';
import { timesAt } from './span-at.ts';

const MAX_EXACT = 2 ** 53;

/** Where the rows of a table (spans, events or links) come from. */
interface RowMap {
  readonly count: number;
  readonly part: Uint16Array | Uint32Array;
  readonly row: Uint32Array;
}

/** One segment of several, whole in memory. A trace that is in several of them is put together. */
export function mergeSegments(parts: readonly MergePart[]): Segment {
  return fromPlainSegment(toPlainSegment(mergePlanned(parts, planMerge(parts))));
}

/**
 * The same for traces of `planMerge` in its order, made as it is read: a column is put together when it is touched, and
 * again when it is touched again. So a large result can be written column by column without being in memory.
 */
export function mergePlanned(parts: readonly MergePart[], plannedOfAll: readonly PlannedTrace[]): Segment {
  const { segments, planned } = usedParts(parts, plannedOfAll);
  const { rows, firstRow, traceIds } = mapRows(segments, planned);
  const times = mergeTimes(segments, rows);
  const spanIds = gatherBytes(segments.map((s) => s.spanIds), rows, 8);
  const events = mapDetails(segments.map((s) => s.events.first), rows);
  const links = mapDetails(segments.map((s) => s.links.first), rows);
  const mapOf = { span: rows, event: events.rows, link: links.rows };
  const keysOf = (owner: AttributeOwner): string[] => [...new Set(segments.flatMap((s) => s.attributeKeys(owner)))].sort();
  const keys = { span: keysOf('span'), event: keysOf('event'), link: keysOf('link') };
  const columnOf = (owner: AttributeOwner, key: string): AttributeColumn | undefined => mergeAttribute(segments.map((s) => s.attribute(owner, key)), mapOf[owner]);
  // A key that only traces which were not chosen have is no key of the result.
  const present = (owner: AttributeOwner): string[] => keys[owner].filter((key) => hasAny(segments.map((s) => s.attribute(owner, key)?.codes), mapOf[owner]));
  let sources: ReturnType<typeof mergeSources> | undefined;
  const sourcesOnce = () => (sources ??= mergeSources(segments, rows));
  return {
    spanCount: rows.count,
    traceCount: planned.length,
    traceIds,
    firstRow,
    ...times,
    spanIds,
    get parentSpanIds() {
      return gatherBytes(segments.map((s) => s.parentSpanIds), rows, 8);
    },
    get parentRow() {
      return mergeParents(segments, planned, rows, firstRow, spanIds);
    },
    get kind() {
      return gatherSmall(segments.map((s) => s.kind), rows);
    },
    get status() {
      return gatherSmall(segments.map((s) => s.status), rows);
    },
    get name() {
      return mergeTexts(segments.map((s) => s.name), rows);
    },
    get statusMessage() {
      return mergeTexts(segments.map((s) => s.statusMessage), rows);
    },
    get source() {
      return sourcesOnce().codes;
    },
    get sources() {
      return sourcesOnce().all;
    },
    attributeKeys: present,
    attribute: columnOf,
    get events() {
      return mergeEvents(segments.map((s) => s.events), events.rows, events.first);
    },
    get links() {
      return mergeLinks(segments.map((s) => s.links), links.rows, links.first);
    },
    get extras() {
      return gatherMap(segments.map((s) => s.extras), rows);
    },
  };
}

/** Only the parts that the traces lie in: the columns of others need not be read. */
function usedParts(parts: readonly MergePart[], planned: readonly PlannedTrace[]): { segments: Segment[]; planned: PlannedTrace[] } {
  const places = new Map<number, number>();
  const segments: Segment[] = [];
  const placeOf = (part: number): number => {
    const known = places.get(part);
    if (known !== undefined) return known;
    const segment = parts[part]?.segment;
    if (segment === undefined) throw new RangeError(`a plan for part ${part} of ${parts.length}`);
    places.set(part, segments.push(segment) - 1);
    return segments.length - 1;
  };
  return { planned: planned.map((trace) => ({ ...trace, runs: trace.runs.map(([part, from, to]) => [placeOf(part), from, to] as const) })), segments };
}

function mapRows(segments: readonly Segment[], planned: readonly PlannedTrace[]): { rows: RowMap; firstRow: Uint32Array; traceIds: Uint8Array } {
  let count = 0;
  for (const trace of planned) count += trace.spanCount;
  const part = segments.length <= 0xffff ? new Uint16Array(count) : new Uint32Array(count);
  const row = new Uint32Array(count);
  const firstRow = new Uint32Array(planned.length + 1);
  const traceIds = Buffer.alloc(planned.length * 16);
  let at = 0;
  for (const [t, { key, runs }] of planned.entries()) {
    traceIds.write(key, t * 16, 'latin1');
    const first = runs[0];
    if (runs.length === 1 && first !== undefined) {
      for (let r = first[1]; r < first[2]; r++, at++) {
        part[at] = first[0];
        row[at] = r;
      }
    } else {
      for (const [p, r] of inOrder(segments, runs)) {
        part[at] = p;
        row[at++] = r;
      }
    }
    firstRow[t + 1] = at;
  }
  return { rows: { count, part, row }, firstRow, traceIds: new Uint8Array(traceIds.buffer, traceIds.byteOffset, traceIds.length) };
}

/** Rows of a trace in several parts: by start, then by span id, then as the parts come. */
function inOrder(segments: readonly Segment[], runs: PlannedTrace['runs']): (readonly [part: number, row: number])[] {
  const all = runs.flatMap(([part, from, to]) => {
    const segment = segments[part];
    if (segment === undefined) return [];
    const ids = new DataView(segment.spanIds.buffer, segment.spanIds.byteOffset);
    return Array.from({ length: to - from }, (_, i) => ({ place: [part, from + i] as const, start: timesAt(segment, from + i).startUnixNano, id: ids.getBigUint64((from + i) * 8) }));
  });
  all.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return all.map(({ place }) => place);
}

function mergeTimes(segments: readonly Segment[], { count, part, row }: RowMap): Pick<Segment, 'baseUnixNano' | 'start' | 'duration' | 'wideTimes'> {
  const largest = segments.reduce((a, b) => (b.spanCount > a.spanCount ? b : a), segments[0] ?? { spanCount: 0, baseUnixNano: 0n });
  const { baseUnixNano } = largest;
  const shifts = segments.map((s) => s.baseUnixNano - baseUnixNano);
  const shiftNumbers = shifts.map(Number);
  const starts = segments.map((s) => s.start);
  const durations = segments.map((s) => s.duration);
  const wides = segments.map((s) => s.wideTimes);
  const farShift = shifts.map((shift) => shift > BigInt(MAX_EXACT) || shift < -BigInt(MAX_EXACT));
  const start = new Float64Array(count);
  const duration = new Float64Array(count);
  const wideTimes = new Map<number, { startUnixNano: bigint; endUnixNano: bigint }>();
  for (let i = 0; i < count; i++) {
    const p = part[i] ?? 0;
    const r = row[i] ?? 0;
    const offset = (starts[p]?.[r] ?? 0) + (shiftNumbers[p] ?? 0);
    start[i] = offset;
    duration[i] = durations[p]?.[r] ?? 0;
    const segment = segments[p];
    if (segment === undefined || (offset <= MAX_EXACT && offset >= -MAX_EXACT && wides[p]?.size === 0 && farShift[p] !== true)) continue;
    const exact = timesAt(segment, r);
    const from = exact.startUnixNano - baseUnixNano;
    const length = exact.endUnixNano - exact.startUnixNano;
    start[i] = Number(from);
    if (beyond(from) || beyond(length)) wideTimes.set(i, exact);
  }
  return { baseUnixNano, start, duration, wideTimes };
}

function mergeParents(segments: readonly Segment[], planned: readonly PlannedTrace[], rows: RowMap, firstRow: Uint32Array, spanIds: Uint8Array): Int32Array {
  const parentRow = new Int32Array(rows.count);
  const parents = segments.map((s) => s.parentRow);
  let kinds: Uint8Array[] | undefined;
  let words: BigUint64Array | undefined;
  let parentWords: BigUint64Array | undefined;
  for (const [t, { runs }] of planned.entries()) {
    const from = firstRow[t] ?? 0;
    const to = firstRow[t + 1] ?? 0;
    const only = runs.length === 1 ? runs[0] : undefined;
    if (only !== undefined) {
      const shift = from - only[1];
      for (let i = from; i < to; i++) {
        const parent = parents[only[0]]?.[rows.row[i] ?? 0] ?? -1;
        parentRow[i] = parent < 0 ? parent : parent + shift;
      }
      continue;
    }
    words ??= wordsOf(spanIds);
    parentWords ??= wordsOf(gatherBytes(segments.map((s) => s.parentSpanIds), rows, 8));
    kinds ??= segments.map((s) => s.kind);
    const [ids, parentIds, kindsOf] = [words, parentWords, kinds];
    writeParentRows({ from, to, idAt: (i) => ids[i] ?? 0n, parentIdAt: (i) => (parentIds[i] === 0n ? undefined : parentIds[i]), kindAt: (i) => kindsOf[rows.part[i] ?? 0]?.[rows.row[i] ?? 0] ?? 0 }, parentRow);
  }
  return parentRow;
}

function wordsOf(ids: Uint8Array): BigUint64Array {
  const aligned = ids.byteOffset % 8 === 0 ? ids : new Uint8Array(ids);
  return new BigUint64Array(aligned.buffer, aligned.byteOffset, ids.length / 8);
}

function gatherBytes(columns: readonly Uint8Array[], { count, part, row }: RowMap, width: number): Uint8Array {
  const out = new Uint8Array(count * width);
  for (let i = 0; i < count; i++) {
    const from = columns[part[i] ?? 0];
    if (from === undefined) continue;
    const at = (row[i] ?? 0) * width;
    for (let b = 0; b < width; b++) out[i * width + b] = from[at + b] ?? 0;
  }
  return out;
}

function gatherSmall(columns: readonly Uint8Array[], { count, part, row }: RowMap): Uint8Array {
  const out = new Uint8Array(count);
  for (let i = 0; i < count; i++) out[i] = columns[part[i] ?? 0]?.[row[i] ?? 0] ?? 0;
  return out;
}

function gatherMap<T>(maps: readonly ReadonlyMap<number, T>[], { count, part, row }: RowMap): Map<number, T> {
  const out = new Map<number, T>();
  if (maps.every((map) => map.size === 0)) return out;
  for (let i = 0; i < count; i++) {
    const value = maps[part[i] ?? 0]?.get(row[i] ?? 0);
    if (value !== undefined) out.set(i, value);
  }
  return out;
}

function mergeTexts(columns: readonly TextColumn[], { count, part, row }: RowMap): TextColumn {
  const dictionary = new TextDictionary();
  const values = columns.map((c) => c.values);
  const codes = columns.map((c) => c.codes);
  const known = values.map((list) => new Int32Array(list.length).fill(-1));
  const out = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const p = part[i] ?? 0;
    const code = codes[p]?.[row[i] ?? 0] ?? 0;
    let merged = known[p]?.[code] ?? -1;
    if (merged < 0) {
      merged = dictionary.codeOf(values[p]?.[code] ?? '');
      const mine = known[p];
      if (mine !== undefined) mine[code] = merged;
    }
    out[i] = merged;
  }
  return { values: dictionary.values, codes: packCodes(out, dictionary.values.length) };
}

function hasAny(codes: readonly (ArrayLike<number> | undefined)[], { count, part, row }: RowMap): boolean {
  for (let i = 0; i < count; i++) if ((codes[part[i] ?? 0]?.[row[i] ?? 0] ?? 0) !== 0) return true;
  return false;
}

function mergeAttribute(columns: readonly (AttributeColumn | undefined)[], { count, part, row }: RowMap): AttributeColumn | undefined {
  const dictionary = new ValueDictionary();
  const codes = columns.map((c) => c?.codes);
  const values = columns.map((c) => c?.values);
  const known = values.map((list) => new Int32Array((list?.length ?? 0) + 1));
  const out = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const p = part[i] ?? 0;
    const code = codes[p]?.[row[i] ?? 0] ?? 0;
    if (code === 0) continue;
    const mine = known[p];
    let merged = mine?.[code] ?? 0;
    if (merged === 0) {
      const value = values[p]?.[code - 1];
      if (value === undefined) continue;
      merged = dictionary.codeOf(value.value, value.types);
      if (mine !== undefined) mine[code] = merged;
    }
    out[i] = merged;
  }
  return dictionary.values.length === 0 ? undefined : { values: dictionary.values, codes: packCodes(out, dictionary.values.length) };
}

function mergeSources(segments: readonly Segment[], { count, part, row }: RowMap): { all: SegmentSource[]; codes: Segment['source'] } {
  const all: SegmentSource[] = [];
  const byContent = new Map<string, number>();
  const lists = segments.map((s) => s.sources);
  const codes = segments.map((s) => s.source);
  const known = lists.map((list) => new Int32Array(list.length).fill(-1));
  const out = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const p = part[i] ?? 0;
    const code = codes[p]?.[row[i] ?? 0] ?? 0;
    let merged = known[p]?.[code] ?? -1;
    if (merged < 0) {
      const source = lists[p]?.[code];
      if (source === undefined) continue;
      const content = JSON.stringify(source);
      merged = byContent.get(content) ?? all.push(source) - 1;
      byContent.set(content, merged);
      const mine = known[p];
      if (mine !== undefined) mine[code] = merged;
    }
    out[i] = merged;
  }
  return { all, codes: packCodes(out, all.length) };
}

/** Rows of the events (or links) of rows. */
function mapDetails(firsts: readonly Uint32Array[], { count, part, row }: RowMap): { rows: RowMap; first: Uint32Array } {
  const first = new Uint32Array(count + 1);
  for (let i = 0; i < count; i++) {
    const from = firsts[part[i] ?? 0];
    const r = row[i] ?? 0;
    first[i + 1] = (first[i] ?? 0) + (from?.[r + 1] ?? 0) - (from?.[r] ?? 0);
  }
  const total = first[count] ?? 0;
  const parts = part instanceof Uint16Array ? new Uint16Array(total) : new Uint32Array(total);
  const rows = new Uint32Array(total);
  for (let i = 0; i < count; i++) {
    const begin = firsts[part[i] ?? 0]?.[row[i] ?? 0] ?? 0;
    for (let at = first[i] ?? 0, end = first[i + 1] ?? 0, from = begin; at < end; at++, from++) {
      parts[at] = part[i] ?? 0;
      rows[at] = from;
    }
  }
  return { rows: { count: total, part: parts, row: rows }, first };
}

function mergeEvents(tables: readonly EventTable[], rows: RowMap, first: Uint32Array): EventTable {
  const time = new Float64Array(rows.count);
  const times = tables.map((t) => t.time);
  for (let i = 0; i < rows.count; i++) time[i] = times[rows.part[i] ?? 0]?.[rows.row[i] ?? 0] ?? 0;
  return { count: rows.count, first, time, wideTimes: gatherMap(tables.map((t) => t.wideTimes), rows), name: mergeTexts(tables.map((t) => t.name), rows), dropped: gatherMap(tables.map((t) => t.dropped), rows) };
}

function mergeLinks(tables: readonly LinkTable[], rows: RowMap, first: Uint32Array): LinkTable {
  return {
    count: rows.count,
    first,
    traceIds: gatherBytes(tables.map((t) => t.traceIds), rows, 16),
    spanIds: gatherBytes(tables.map((t) => t.spanIds), rows, 8),
    extras: gatherMap(tables.map((t) => t.extras), rows),
  };
}

function beyond(nano: bigint): boolean {
  return nano > BigInt(MAX_EXACT) || nano < -BigInt(MAX_EXACT);
}
