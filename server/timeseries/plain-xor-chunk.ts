/**
 * A run of samples of one series, compressed as in Facebook's Gorilla paper (delta of delta timestamps, XORed values;
 * the layout of Prometheus tsdb/chunkenc/xor.go). Idle counters scraped on time cost about two bits a sample.
 */
export interface SealedChunk {
  /** Unix ms of the first and last sample. */
  readonly minTime: number;
  readonly maxTime: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

const doubles = new Float64Array(1);
const halves = new Uint32Array(doubles.buffer);
const LO = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;
const HI = 1 - LO;

/** Compresses the first `count` samples. Timestamps are whole milliseconds in rising order; `count` is at least 1. */
export function encodeChunk(timestamps: Float64Array, values: Float64Array, count: number): SealedChunk {
  const out = new BitWriter(64);
  let time = timestamps[0] ?? 0;
  let delta = 0;
  doubles[0] = values[0] ?? NaN;
  let hi = halves[HI] ?? 0;
  let lo = halves[LO] ?? 0;
  let leading = -1;
  let trailing = 0;
  out.write(hi, 32);
  out.write(lo, 32);
  for (let i = 1; i < count; i++) {
    const t = timestamps[i] ?? 0;
    writeDeltaOfDelta(out, t - time - delta);
    delta = t - time;
    time = t;

    doubles[0] = values[i] ?? NaN;
    const nextHi = halves[HI] ?? 0;
    const nextLo = halves[LO] ?? 0;
    const xorHi = (hi ^ nextHi) >>> 0;
    const xorLo = (lo ^ nextLo) >>> 0;
    hi = nextHi;
    lo = nextLo;
    if (xorHi === 0 && xorLo === 0) {
      out.write(0, 1);
      continue;
    }
    const lead = Math.min(31, xorHi !== 0 ? Math.clz32(xorHi) : 32 + Math.clz32(xorLo));
    const trail = xorLo !== 0 ? trailingZeros(xorLo) : 32 + trailingZeros(xorHi);
    if (leading >= 0 && lead >= leading && trail >= trailing) {
      out.write(0b10, 2);
    } else {
      leading = lead;
      trailing = trail;
      const significant = 64 - lead - trail;
      out.write(0b11, 2);
      out.write(lead, 5);
      out.write(significant & 63, 6); // 64 significant bits are written as 0
    }
    writeMiddle(out, xorHi, xorLo, leading, trailing);
  }
  return { minTime: timestamps[0] ?? 0, maxTime: time, count, bytes: out.finish() };
}

/** Decompresses a chunk into the two arrays from `offset` on; gives the offset after its last sample. */
export function decodeChunk(chunk: SealedChunk, timestamps: Float64Array, values: Float64Array, offset: number): number {
  const input = new BitReader(chunk.bytes);
  let time = chunk.minTime;
  let delta = 0;
  let hi = input.read(32);
  let lo = input.read(32);
  let leading = 0;
  let trailing = 0;
  timestamps[offset] = time;
  halves[HI] = hi;
  halves[LO] = lo;
  values[offset] = doubles[0] ?? NaN;
  for (let i = 1; i < chunk.count; i++) {
    delta += readDeltaOfDelta(input);
    time += delta;
    timestamps[offset + i] = time;
    if (input.read(1) === 1) {
      if (input.read(1) === 1) {
        leading = input.read(5);
        const significant = input.read(6);
        trailing = 64 - leading - (significant === 0 ? 64 : significant);
      }
      const width = 64 - leading - trailing;
      const highBits = Math.max(0, width - 32);
      let xorHi = highBits > 0 ? input.read(highBits) : 0;
      let xorLo = input.read(Math.min(32, width));
      if (trailing >= 32) {
        xorHi = (xorLo << (trailing - 32)) >>> 0;
        xorLo = 0;
      } else if (trailing > 0) {
        xorHi = ((xorHi << trailing) | (xorLo >>> (32 - trailing))) >>> 0;
        xorLo = (xorLo << trailing) >>> 0;
      }
      hi = (hi ^ xorHi) >>> 0;
      lo = (lo ^ xorLo) >>> 0;
    }
    halves[HI] = hi;
    halves[LO] = lo;
    values[offset + i] = doubles[0] ?? NaN;
  }
  return offset + chunk.count;
}

function writeDeltaOfDelta(out: BitWriter, dod: number): void {
  if (dod === 0) out.write(0, 1);
  else if (dod >= -8191 && dod <= 8192) {
    out.write(0b10, 2);
    out.write(dod & 0x3fff, 14);
  } else if (dod >= -524287 && dod <= 524288) {
    out.write(0b110, 3);
    out.write(dod & 0xfffff, 20);
  } else {
    out.write(0b111, 3);
    doubles[0] = dod;
    out.write(halves[HI] ?? 0, 32);
    out.write(halves[LO] ?? 0, 32);
  }
}

function readDeltaOfDelta(input: BitReader): number {
  if (input.read(1) === 0) return 0;
  if (input.read(1) === 0) return signed(input.read(14), 14);
  if (input.read(1) === 0) return signed(input.read(20), 20);
  halves[HI] = input.read(32);
  halves[LO] = input.read(32);
  return doubles[0] ?? 0;
}

/** Values run from -(2^(n-1) - 1) to 2^(n-1), one off from two's complement, as in the reference. */
function signed(bits: number, width: number): number {
  return bits > 1 << (width - 1) ? bits - (1 << width) : bits;
}

function writeMiddle(out: BitWriter, hi: number, lo: number, leading: number, trailing: number): void {
  const width = 64 - leading - trailing;
  let shiftedHi = hi;
  let shiftedLo = lo;
  if (trailing >= 32) {
    shiftedLo = hi >>> (trailing - 32);
    shiftedHi = 0;
  } else if (trailing > 0) {
    shiftedLo = ((lo >>> trailing) | (hi << (32 - trailing))) >>> 0;
    shiftedHi = hi >>> trailing;
  }
  if (width > 32) out.write(shiftedHi, width - 32);
  out.write(shiftedLo, Math.min(32, width));
}

function trailingZeros(word: number): number {
  return word === 0 ? 32 : 31 - Math.clz32(word & -word);
}

/** Most significant bit first, as every Gorilla stream. */
class BitWriter {
  #bytes: Uint8Array;
  #bits = 0;
  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }
  write(value: number, width: number): void {
    const end = this.#bits + width;
    if (end > this.#bytes.length * 8) {
      const grown = new Uint8Array(this.#bytes.length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    let left = width;
    while (left > 0) {
      const free = 8 - (this.#bits & 7);
      const take = Math.min(free, left);
      const part = (value >>> (left - take)) & (0xff >>> (8 - take));
      const at = this.#bits >>> 3;
      this.#bytes[at] = (this.#bytes[at] ?? 0) | (part << (free - take));
      this.#bits += take;
      left -= take;
    }
  }
  finish(): Uint8Array {
    return this.#bytes.slice(0, (this.#bits + 7) >>> 3);
  }
}

class BitReader {
  readonly #bytes: Uint8Array;
  #bits = 0;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }
  read(width: number): number {
    let value = 0;
    let left = width;
    while (left > 0) {
      const byte = this.#bytes[this.#bits >>> 3] ?? 0;
      const available = 8 - (this.#bits & 7);
      const take = Math.min(available, left);
      value = ((value << take) | ((byte >>> (available - take)) & (0xff >>> (8 - take)))) >>> 0;
      this.#bits += take;
      left -= take;
    }
    return value;
  }
}
