import { DamagedDataError } from '#server/timeseries/byte-reader.ts';
import type { AttributeColumn, AttributeOwner, Codes, EventTable, LinkTable, Segment, SegmentSource, TextColumn, TypedValue } from '#server/traces/segment/segment.ts';
import type { BlockFile } from './block-file.ts';
import type { ColumnMeta, GroupMeta, PageName, PagePlace } from './block-meta.ts';
import { decodeCodes } from './code-page.ts';
import { ColumnExtras } from './column-extras.ts';
import { decodeNumbers, decodeUint32 } from './number-planes.ts';
import { decodeTexts, decodeValues, type LazyList, type ValueList } from './value-list.ts';

/** Bytes that an item of a list of texts takes beside its letters. */
const TEXT_BYTES = 40;
const VALUE_BYTES = 80;

/** Single columns of a row group, for those who need a few rows only. */
export interface GroupReader {
  readonly segment: Segment;
  /** The values of a column, of which single ones can be had. */
  lazyValues(owner: AttributeOwner, key: string): { readonly codes: Codes; readonly values: LazyList<TypedValue> } | undefined;
  lazyNames(): { readonly codes: Codes; readonly values: LazyList<string> };
}

/** A row group as a segment whose columns are read when they are touched, and kept in the block's cache. */
export function openGroup(block: BlockFile, index: number): GroupReader {
  const group = block.meta.groups[index];
  if (group === undefined) throw new DamagedDataError(`block ${block.id} has no group ${index}`);
  const { spanCount, traceCount } = group;
  const prefix = `${block.id}/g${index}/`;
  const keep = <T>(name: string, bytes: (value: T) => number, make: () => T): T =>
    block.cache.get(prefix + name, () => {
      const value = make();
      return { value, bytes: bytes(value) + 100 };
    });
  const bytesOf = (array: { readonly byteLength: number }): number => array.byteLength;
  const place = (name: PageName): PagePlace => {
    const found = group.pages[name];
    if (found === undefined) throw new DamagedDataError(`block ${block.id} lacks ${name} of group ${index}`);
    return found;
  };
  const page = (name: PageName): Uint8Array => block.page(place(name));
  const optional = (name: PageName): Uint8Array | undefined => (group.pages[name] === undefined ? undefined : page(name));
  const raw = (name: PageName): (() => Uint8Array) => once(() => keep(name, bytesOf, () => page(name)));
  const [traceIds, spanIds, kind, status] = [raw('traceIds'), raw('spanIds'), raw('kind'), raw('status')];
  const text = (codes: PageName, values: PageName, distinct: number, rows: number): TextColumn => {
    const codesOnce = once(() => keep(codes, bytesOf, () => decodeCodes(page(codes), rows, distinct, 0)));
    const valuesOnce = once(() => keep(values, listBytes, () => decodeTexts(page(values), distinct).all()));
    return {
      get codes() {
        return codesOnce();
      },
      get values() {
        return valuesOnce();
      },
    };
  };
  const columnMeta = { span: byKey(group.columns.span), event: byKey(group.columns.event), link: byKey(group.columns.link) };
  const rowsOf = { span: spanCount, event: group.eventCount, link: group.linkCount };
  const codesOf = (owner: AttributeOwner, meta: ColumnMeta): Codes => keep(`c${owner}/${meta.key}`, bytesOf, () => decodeCodes(block.page(meta.codes), rowsOf[owner], meta.distinct, 1));
  const firstRow = once(() => keep('firstRow', bytesOf, () => firstOf(decodeUint32(page('traceSizes'), traceCount))));
  const wideTimes = once(() => keep('wide', (map) => map.size * 100, () => readWide(optional('wideTimes'))));
  const start = once(() => keep('start', bytesOf, () => readStarts(decodeNumbers(page('start'), spanCount), firstRow(), wideTimes(), BigInt(group.base))));
  const parentRow = once(() => keep('parentRow', bytesOf, () => readParentRows(decodeUint32(page('parents'), spanCount))));
  const parentSpanIds = once(() => keep('parentSpanIds', bytesOf, () => readParentIds(parentRow(), spanIds(), optional('lostParents') ?? new Uint8Array(0), optional('otherParents'))));
  const duration = once(() =>
    keep('duration', bytesOf, () => {
      const durations = decodeNumbers(page('duration'), spanCount);
      for (const [row, t] of wideTimes()) durations[row] = Number(t.endUnixNano - t.startUnixNano);
      return durations;
    }),
  );
  const source = once(() => keep('source', bytesOf, () => decodeCodes(page('source'), spanCount, group.sources, 0)));
  // Safe because only encodeGroup writes it, and the page's checksum fits.
  const sources = once(() => keep('sources', (all) => place('sources')[2] * 4 + all.length * 100, () => parseJson(page('sources')) as readonly SegmentSource[]));
  const lookupOf = (owner: AttributeOwner, meta: ColumnMeta): ValueList => keep(`l${owner}/${meta.key}`, (l) => meta.values[2] + l.count * 6, () => decodeValues(block.page(meta.values), meta.distinct));
  const events = once(() => keep('events', (t: EventTable) => t.count * 20, () => readEvents(group, page, optional, text('eventName', 'eventNames', group.eventNames, group.eventCount))));
  const links = once(() => keep('links', (t: LinkTable) => t.count * 30, () => readLinks(group, page, optional)));

  const segment: Segment = {
    spanCount,
    traceCount,
    baseUnixNano: BigInt(group.base),
    get traceIds() {
      return traceIds();
    },
    get firstRow() {
      return firstRow();
    },
    get start() {
      return start();
    },
    get duration() {
      return duration();
    },
    get wideTimes() {
      return wideTimes();
    },
    get spanIds() {
      return spanIds();
    },
    get parentSpanIds() {
      return parentSpanIds();
    },
    get parentRow() {
      return parentRow();
    },
    get kind() {
      return kind();
    },
    get status() {
      return status();
    },
    name: text('name', 'names', group.names, spanCount),
    statusMessage: text('message', 'messages', group.messages, spanCount),
    get source() {
      return source();
    },
    get sources() {
      return sources();
    },
    attributeKeys: (owner) => [...columnMeta[owner].keys()],
    attribute(owner, key): AttributeColumn | undefined {
      const meta = columnMeta[owner].get(key);
      if (meta === undefined) return undefined;
      const codes = once(() => codesOf(owner, meta));
      const values = once(() => keep(`v${owner}/${key}`, (all) => meta.values[2] + all.length * VALUE_BYTES, () => decodeValues(block.page(meta.values), meta.distinct).all()));
      const lookup = once(() => lookupOf(owner, meta));
      return {
        get codes() {
          return codes();
        },
        get values() {
          return values();
        },
        get lookup() {
          return lookup();
        },
      };
    },
    get events() {
      return events();
    },
    get links() {
      return links();
    },
    get extras() {
      return keep('extras', (extras) => extras.bytes, () => new ColumnExtras(optional('flags'), optional('traceStates'), optional('dropped'), spanCount));
    },
  };
  return {
    segment,
    lazyValues(owner, key) {
      const meta = columnMeta[owner].get(key);
      return meta === undefined ? undefined : { codes: codesOf(owner, meta), values: lookupOf(owner, meta) };
    },
    lazyNames: () => ({ codes: segment.name.codes, values: keep('lnames', (l) => place('names')[2] + l.count * 4, () => decodeTexts(page('names'), group.names)) }),
  };
}

/** What was made at the first call, at every further one without looking for it in the cache: loops read columns row by row. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function byKey(columns: readonly ColumnMeta[]): ReadonlyMap<string, ColumnMeta> {
  return new Map(columns.map((meta) => [meta.key, meta]));
}

function firstOf(sizes: Uint32Array): Uint32Array {
  const first = new Uint32Array(sizes.length + 1);
  for (let i = 0; i < sizes.length; i++) first[i + 1] = (first[i] ?? 0) + (sizes[i] ?? 0);
  return first;
}

function readWide(page: Uint8Array | undefined): Segment['wideTimes'] {
  if (page === undefined) return new Map();
  // Safe because only encodeGroup writes it, and the page's checksum fits.
  const rows = parseJson(page) as readonly (readonly [number, string, string])[];
  return new Map(rows.map(([row, from, to]) => [row, { startUnixNano: BigInt(from), endUnixNano: BigInt(to) }]));
}

/** Sums the differences up, in place. */
function readStarts(starts: Float64Array, firstRow: Uint32Array, wide: Segment['wideTimes'], base: bigint): Float64Array {
  let traceBefore = 0;
  for (let t = 0; t + 1 < firstRow.length; t++) {
    let before = traceBefore;
    const from = firstRow[t] ?? 0;
    for (let row = from, end = firstRow[t + 1] ?? 0; row < end; row++) starts[row] = before += starts[row] ?? 0;
    traceBefore = starts[from] ?? 0;
  }
  for (const [row, t] of wide) starts[row] = Number(t.startUnixNano - base);
  return starts;
}

function readParentRows(encoded: Uint32Array): Int32Array {
  const parentRow = new Int32Array(encoded.length);
  for (let row = 0; row < encoded.length; row++) {
    const code = encoded[row] ?? 0;
    // The lowest bit of what is above 1 says on which side the parent is.
    const behind = (code - 2) >>> 1;
    parentRow[row] = code < 2 ? -1 - code : (code & 1) === 0 ? row - behind : row + behind + 1;
  }
  return parentRow;
}

function readParentIds(parentRow: Int32Array, spanIds: Uint8Array, lost: Uint8Array, other: Uint8Array | undefined): Uint8Array {
  const ids = new Uint8Array(parentRow.length * 8);
  let nextLost = 0;
  for (let row = 0; row < parentRow.length; row++) {
    const parent = parentRow[row] ?? -1;
    if (parent === -1) continue;
    const [from, at] = parent === -2 ? [lost, nextLost++ * 8] : [spanIds, parent * 8];
    for (let b = 0; b < 8; b++) ids[row * 8 + b] = from[at + b] ?? 0;
  }
  // Safe because only encodeGroup writes it, and the page's checksum fits.
  for (const [row, id] of other === undefined ? [] : (parseJson(other) as [row: number, hexId: string][])) ids.set(Buffer.from(id, 'hex'), row * 8);
  return ids;
}

function readEvents({ eventCount, spanCount }: GroupMeta, page: (name: PageName) => Uint8Array, optional: (name: PageName) => Uint8Array | undefined, name: TextColumn): EventTable {
  if (eventCount === 0) return { count: 0, first: new Uint32Array(spanCount + 1), time: new Float64Array(0), wideTimes: new Map(), name: { values: [], codes: new Uint8Array(0) }, dropped: new Map() };
  const restPage = optional('eventRest');
  // Safe because only encodeGroup writes it, and the page's checksum fits.
  const rest = restPage === undefined ? { wide: [], dropped: [] } : (parseJson(restPage) as { wide: [number, string, number][]; dropped: [number, number][] });
  const time = decodeNumbers(page('eventTime'), eventCount);
  for (const [row, , about] of rest.wide) time[row] = about;
  return {
    count: eventCount,
    first: firstOf(decodeUint32(page('eventSizes'), spanCount)),
    time,
    wideTimes: new Map(rest.wide.map(([row, time]) => [row, BigInt(time)])),
    name,
    dropped: new Map(rest.dropped),
  };
}

function readLinks({ linkCount, spanCount }: GroupMeta, page: (name: PageName) => Uint8Array, optional: (name: PageName) => Uint8Array | undefined): LinkTable {
  if (linkCount === 0) return { count: 0, first: new Uint32Array(spanCount + 1), traceIds: new Uint8Array(0), spanIds: new Uint8Array(0), extras: new Map() };
  const rest = optional('linkRest');
  return {
    count: linkCount,
    first: firstOf(decodeUint32(page('linkSizes'), spanCount)),
    traceIds: page('linkTraceIds'),
    spanIds: page('linkSpanIds'),
    // Safe because only encodeGroup writes it, and the page's checksum fits.
    extras: new Map(rest === undefined ? [] : (parseJson(rest) as [number, { traceState?: string; flags?: number; droppedAttributesCount?: number }][])),
  };
}

function listBytes(texts: readonly string[]): number {
  let bytes = 0;
  for (const text of texts) bytes += text.length + TEXT_BYTES;
  return bytes;
}

function parseJson(page: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(page.buffer, page.byteOffset, page.length).toString('utf8'));
  } catch (cause) {
    throw new DamagedDataError('stored JSON cannot be read', { cause });
  }
}
