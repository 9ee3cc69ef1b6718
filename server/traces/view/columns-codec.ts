import { SPAN_KINDS, SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import { countBelow } from './depth-first.ts';
import { TEXT_KEYS, type TextKey, type TraceColumns, type TraceSource } from './trace-columns.ts';

/**
 * One trace's columns as bytes, for the page to look at without parsing:
 *
 * ```
 * "BTC1"  u32 length of the header  header (JSON, padded to 8)  columns, each from a multiple of 8
 * ```
 * Little endian. Numbers of services, names and texts take one, two or four bytes, as the header's dictionaries need.
 * Depths and subtree sizes are not sent: they follow from the parents. Made for the browser too: nothing of Node is used.
 */
const MAGIC = 0x31435442;
/** What a row of the columns with fixed width takes. */
const FIXED = [['parent', 4], ['start', 8], ['duration', 8], ['self', 8], ['spanIds', 8], ['kind', 1], ['status', 1], ['marks', 2]] as const;

interface Header {
  readonly traceId: string;
  readonly count: number;
  readonly startUnixNano: string;
  readonly durationNano: number;
  readonly services: readonly string[];
  readonly names: readonly string[];
  readonly sources: readonly TraceSource[];
  /** In the order of their columns. */
  readonly texts: readonly (readonly [TextKey, readonly string[]])[];
  readonly warnings: readonly string[];
  readonly newestEndMs: number;
}

/** These bytes are no trace's columns. */
export class ColumnsFormatError extends Error {
  readonly code = 'columns-format';
  constructor(message: string) {
    super(`The trace did not arrive whole: ${message}. Load it again.`);
    this.name = 'ColumnsFormatError';
  }
}

/** The bytes of a trace's columns. */
export function encodeTraceColumns(columns: TraceColumns): Uint8Array<ArrayBuffer> {
  const { traceId, count, startUnixNano, durationNano, services, names, sources, warnings, newestEndMs } = columns;
  const texts = textColumns(columns);
  const header: Header = { traceId, count, startUnixNano, durationNano, services, names, sources, warnings, newestEndMs, texts: texts.map(([key, { values }]) => [key, values]) };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const parts: (Uint8Array | Int32Array | Float64Array | Uint16Array | Uint32Array)[] = [
    ...FIXED.map(([key]) => columns[key]),
    packed(columns.source, sources.length),
    packed(columns.name, names.length),
    ...texts.map(([, { values, codes }]) => packed(codes, values.length + 1)),
  ];
  const from = pad(8 + json.length);
  const bytes = new Uint8Array(parts.reduce((at, part) => at + pad(part.byteLength), from));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, json.length, true);
  bytes.set(json, 8);
  let at = from;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += pad(part.byteLength);
  }
  return bytes;
}

/**
 * The columns in bytes that `encodeTraceColumns` made; the large ones are views into them. Throws ColumnsFormatError
 * unless all of it holds together: every index is within its list, every subtree in one run of rows, no time negative.
 */
export function decodeTraceColumns(given: Uint8Array<ArrayBuffer>): TraceColumns {
  // Columns are looked at where they are, which takes aligned bytes.
  const bytes = given.byteOffset % 8 === 0 ? given : given.slice();
  const { header, end } = readHeader(bytes);
  const { count, texts, ...rest } = header;
  let at = pad(end);
  const take = (width: number): number => {
    const from = at;
    at += pad(count * width);
    if (from + count * width > bytes.length) throw new ColumnsFormatError('it is cut off');
    return bytes.byteOffset + from;
  };
  const { buffer } = bytes;
  const parent = new Int32Array(buffer, take(4), count);
  const start = times(new Float64Array(buffer, take(8), count));
  const duration = times(new Float64Array(buffer, take(8), count));
  const self = times(new Float64Array(buffer, take(8), count));
  const spanIds = new Uint8Array(buffer, take(8), count * 8);
  const kind = below(new Uint8Array(buffer, take(1), count), SPAN_KINDS.length, 'kind');
  const status = below(new Uint8Array(buffer, take(1), count), SPAN_STATUSES.length, 'status');
  const marks = new Uint16Array(buffer, take(2), count);
  const codes = (distinct: number, name: string): Uint32Array => {
    const width = widthOf(distinct);
    const from = take(width);
    const narrow = width === 1 ? new Uint8Array(buffer, from, count) : width === 2 ? new Uint16Array(buffer, from, count) : new Uint32Array(buffer, from, count);
    return below(Uint32Array.from(narrow), distinct, name);
  };
  const source = codes(header.sources.length, 'source');
  const name = codes(header.names.length, 'name');
  const ofTexts = Object.fromEntries(texts.map(([key, values]) => [key, { values, codes: codes(values.length + 1, key) }]));
  if (at !== bytes.length) throw new ColumnsFormatError('there is more than was announced');
  const depth = depths(parent);
  const descendants = new Uint32Array(count);
  countBelow(parent, descendants);
  return { ...rest, count, parent, depth, descendants, start, duration, self, spanIds, source, name, kind, status, marks, texts: ofTexts };
}

function readHeader(bytes: Uint8Array<ArrayBuffer>): { header: Header; end: number } {
  if (bytes.length < 8) throw new ColumnsFormatError('it has no beginning');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw new ColumnsFormatError('these are other bytes');
  const end = 8 + view.getUint32(4, true);
  if (end > bytes.length) throw new ColumnsFormatError('its header is cut off');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, end)));
  } catch {
    throw new ColumnsFormatError('its header cannot be read');
  }
  if (!isHeader(value)) throw new ColumnsFormatError('its header says what it must not');
  return { header: value, end };
}

function isHeader(value: unknown): value is Header {
  if (!isRecord(value)) return false;
  const { traceId, count, startUnixNano, durationNano, services, names, sources, texts, warnings, newestEndMs } = value;
  return (
    typeof traceId === 'string' &&
    typeof count === 'number' && Number.isInteger(count) && count >= 0 &&
    typeof startUnixNano === 'string' && /^\d{1,20}$/.test(startUnixNano) &&
    typeof durationNano === 'number' && durationNano >= 0 &&
    typeof newestEndMs === 'number' &&
    isTexts(services) && isTexts(names) && isTexts(warnings) &&
    Array.isArray(sources) && sources.every((s) => isRecord(s) && typeof s['service'] === 'number' && Object.hasOwn(services, s['service']) && isRecord(s['resource']) && isRecord(s['scope']) && typeof s['scope']['name'] === 'string') &&
    Array.isArray(texts) && texts.every((t) => Array.isArray(t) && t.length === 2 && typeof t[0] === 'string' && Object.hasOwn(TEXT_KEYS, t[0]) && isTexts(t[1]))
  );
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The depth of each row; a row's parent must be the row before it or one of that row's ancestors. */
function depths(parent: Int32Array): Uint32Array {
  const depth = new Uint32Array(parent.length);
  /** The row at each depth of the branch that the last row ends. */
  const branch = new Int32Array(parent.length);
  let last = -1;
  for (let row = 0; row < parent.length; row++) {
    const above = parent[row] ?? -1;
    if (above < -1 || above >= row) throw new ColumnsFormatError('a parent comes after its child');
    const at = above === -1 ? 0 : (depth[above] ?? 0) + 1;
    if (above !== -1 && (at > last + 1 || branch[at - 1] !== above)) throw new ColumnsFormatError('its rows are not depth first');
    depth[row] = at;
    branch[at] = row;
    last = at;
  }
  return depth;
}

function times(column: Float64Array): Float64Array {
  for (const nano of column) if (!(nano >= 0 && nano < Number.POSITIVE_INFINITY)) throw new ColumnsFormatError('a time is no time');
  return column;
}

function below<T extends Uint8Array | Uint32Array>(column: T, limit: number, name: string): T {
  for (const code of column) if (code >= limit) throw new ColumnsFormatError(`a ${name} has no meaning`);
  return column;
}

function textColumns({ texts }: TraceColumns): [TextKey, { readonly values: readonly string[]; readonly codes: Uint32Array }][] {
  // Safe because TEXT_KEYS is a constant with exactly these keys.
  return (Object.keys(TEXT_KEYS) as TextKey[]).flatMap((key) => {
    const column = texts[key];
    return column === undefined ? [] : [[key, column]];
  });
}

function packed(codes: Uint32Array, distinct: number): Uint8Array | Uint16Array | Uint32Array {
  const width = widthOf(distinct);
  return width === 1 ? Uint8Array.from(codes) : width === 2 ? Uint16Array.from(codes) : codes;
}

function widthOf(distinct: number): 1 | 2 | 4 {
  return distinct <= 0x100 ? 1 : distinct <= 0x10000 ? 2 : 4;
}

function pad(length: number): number {
  return Math.ceil(length / 8) * 8;
}
