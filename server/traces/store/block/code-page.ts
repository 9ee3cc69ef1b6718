import { DamagedDataError } from '#server/timeseries/byte-reader.ts';
import type { Codes } from '#server/traces/segment/segment.ts';
import { decodeUint32, encodeNumbers } from './number-planes.ts';

const PLAIN = 0;
const FRESH = 1;
const SPARSE = 2;
/** A column that fewer rows have than one in so many is kept as those rows. */
const ROWS_PER_SPARSE_VALUE = 64;
/** With so many rows a value, most rows repeat one: codes as they are compress better. */
const ROWS_PER_FRESH_VALUE = 8;

/**
 * Codes of a dictionary column (`base` 1 when 0 stands for "none", else 0). Where most rows bring a new value, the codes
 * count up; then what is kept is how far a code is behind the next new one: 0 for none, 1 for new, more for seen before.
 */
export function encodeCodes(codes: Codes, distinct: number, base: 0 | 1): Uint8Array {
  if (base === 1) {
    const rows = fewRows(codes, codes.length / ROWS_PER_SPARSE_VALUE);
    if (rows !== undefined) return withMode(SPARSE, Buffer.concat([Buffer.from(Uint32Array.of(rows.length).buffer), encodeNumbers(rows), encodeNumbers(rows.map((row) => codes[row] ?? 0))]));
  }
  if (distinct * ROWS_PER_FRESH_VALUE > codes.length && distinct > 16) {
    const fresh = freshOf(codes, base);
    if (fresh !== undefined) return withMode(FRESH, encodeNumbers(fresh));
  }
  return withMode(PLAIN, codes instanceof Uint8Array ? codes : encodeNumbers(codes));
}

/** The reverse: codes of `rows` rows. Throws DamagedDataError. */
export function decodeCodes(page: Uint8Array, rows: number, distinct: number, base: 0 | 1): Codes {
  const body = page.subarray(1);
  const narrow = distinct <= 0xff;
  if (page[0] === PLAIN && narrow) {
    if (body.length !== rows) throw new DamagedDataError(`${body.length} codes for ${rows} rows`);
    return body;
  }
  const codes = narrow ? new Uint8Array(rows) : distinct <= 0xffff ? new Uint16Array(rows) : new Uint32Array(rows);
  if (page[0] === SPARSE) return fillSparse(codes, body);
  const numbers = decodeUint32(body, rows);
  if (page[0] === PLAIN) {
    codes.set(numbers);
    return codes;
  }
  if (page[0] !== FRESH) throw new DamagedDataError('an unknown form of codes');
  let next = base;
  for (let row = 0; row < rows; row++) {
    const behind = numbers[row] ?? 0;
    if (behind === 0) continue;
    if (behind === 1) codes[row] = next++;
    else codes[row] = next - behind + 1;
  }
  return codes;
}

/** The rows that have a code, when there are so many at most. */
function fewRows(codes: Codes, most: number): number[] | undefined {
  const rows: number[] = [];
  for (let row = 0; row < codes.length; row++) {
    if (codes[row] === 0) continue;
    if (rows.length >= most) return undefined;
    rows.push(row);
  }
  return rows;
}

function fillSparse<C extends Codes>(codes: C, body: Uint8Array): C {
  const count = (body[0] ?? 0) | ((body[1] ?? 0) << 8) | ((body[2] ?? 0) << 16) | ((body[3] ?? 0) << 24);
  // How wide the numbers of a list are is in its first byte.
  const rowBytes = 1 + (body[4] ?? 0) * count;
  const rows = decodeUint32(body.subarray(4, 4 + rowBytes), count);
  const values = decodeUint32(body.subarray(4 + rowBytes), count);
  for (let i = 0; i < count; i++) codes[rows[i] ?? 0] = values[i] ?? 0;
  return codes;
}

/** Undefined when new values do not come in the order of their codes. */
function freshOf(codes: Codes, base: 0 | 1): Uint32Array | undefined {
  const fresh = new Uint32Array(codes.length);
  let next = base;
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row] ?? 0;
    if (code < base) continue;
    if (code > next) return undefined;
    fresh[row] = next - code + 1;
    if (code === next) next++;
  }
  return fresh;
}

function withMode(mode: number, body: Uint8Array): Uint8Array {
  const page = new Uint8Array(1 + body.length);
  page[0] = mode;
  page.set(body, 1);
  return page;
}
