import { DamagedDataError } from '#server/timeseries/byte-reader.ts';

const SIGNED = 0x80;
const MAX_WIDTH = 7;

/**
 * Whole numbers (up to 2^53 on either side of zero) as planes: the lowest bytes of all of them, then the next, as many as
 * the greatest needs, and a plane of signs when one is negative. High planes are nearly all zero, which is what a
 * compressor likes, and putting planes together again is a loop without branches.
 */
export function encodeNumbers(values: ArrayLike<number>): Uint8Array {
  const count = values.length;
  let max = 0;
  let negative = false;
  for (let i = 0; i < count; i++) {
    const value = values[i] ?? 0;
    if (value < 0) {
      negative = true;
      if (-value > max) max = -value;
    } else if (value > max) max = value;
  }
  let width = 0;
  for (let rest = max; rest >= 1; rest = Math.floor(rest / 256)) width++;
  const planes = width + (negative ? 1 : 0);
  const out = new Uint8Array(1 + planes * count);
  out[0] = width | (negative ? SIGNED : 0);
  const low = Math.min(width, 4);
  for (let i = 0; i < count; i++) {
    const value = values[i] ?? 0;
    const size = value < 0 ? -value : value;
    let bits = size % 0x1_0000_0000;
    let at = 1 + i;
    for (let plane = 0; plane < low; plane++, at += count) {
      out[at] = bits;
      bits = Math.floor(bits / 256);
    }
    if (width > 4) {
      bits = Math.floor(size / 0x1_0000_0000);
      for (let plane = 4; plane < width; plane++, at += count) {
        out[at] = bits;
        bits >>>= 8;
      }
    }
    if (negative) out[1 + width * count + i] = value < 0 ? 1 : 0;
  }
  return out;
}

/** The reverse of `encodeNumbers`, for that many numbers. Throws DamagedDataError when the bytes are not as many. */
export function decodeNumbers(bytes: Uint8Array, count: number): Float64Array {
  const { width, negative } = headOf(bytes, count);
  const out = new Float64Array(count);
  readLow(bytes, count, Math.min(width, 4), out);
  for (let plane = 4, scale = 0x1_0000_0000; plane < width; plane++, scale *= 256) {
    for (let i = 0, at = 1 + plane * count; i < count; i++, at++) {
      const byte = bytes[at] ?? 0;
      if (byte !== 0) out[i] = (out[i] ?? 0) + byte * scale;
    }
  }
  if (negative) for (let i = 0, at = 1 + width * count; i < count; i++, at++) if (bytes[at] === 1) out[i] = -(out[i] ?? 0);
  return out;
}

/** The same for numbers that are known to fit 32 bits without a sign. */
export function decodeUint32(bytes: Uint8Array, count: number): Uint32Array {
  const { width, negative } = headOf(bytes, count);
  if (width > 4 || negative) throw new DamagedDataError('numbers of more than 32 bits where counts should be');
  const out = new Uint32Array(count);
  readLow(bytes, count, width, out);
  return out;
}

/** Puts up to four planes together: a loop for each number of them, without anything to decide in it. */
function readLow(bytes: Uint8Array, count: number, width: number, out: Float64Array | Uint32Array): void {
  const plane = (index: number): Uint8Array => bytes.subarray(1 + index * count, 1 + (index + 1) * count);
  if (width === 0) return;
  const first = plane(0);
  if (width === 1) {
    out.set(first);
    return;
  }
  const second = plane(1);
  if (width === 2) {
    for (let i = 0; i < count; i++) out[i] = (first[i] ?? 0) | ((second[i] ?? 0) << 8);
    return;
  }
  const third = plane(2);
  if (width === 3) {
    for (let i = 0; i < count; i++) out[i] = (first[i] ?? 0) | ((second[i] ?? 0) << 8) | ((third[i] ?? 0) << 16);
    return;
  }
  const fourth = plane(3);
  for (let i = 0; i < count; i++) out[i] = ((first[i] ?? 0) | ((second[i] ?? 0) << 8) | ((third[i] ?? 0) << 16) | ((fourth[i] ?? 0) << 24)) >>> 0;
}

function headOf(bytes: Uint8Array, count: number): { width: number; negative: boolean } {
  const head = bytes[0] ?? 0xff;
  const width = head & ~SIGNED;
  const negative = (head & SIGNED) !== 0;
  if (width > MAX_WIDTH || bytes.length !== 1 + (width + (negative ? 1 : 0)) * count) throw new DamagedDataError(`${bytes.length} bytes are not ${count} numbers`);
  return { width, negative };
}
