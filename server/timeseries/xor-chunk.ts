import { fromBits, HIGH_WORD, highBits, LOW_WORD, lowBits, peekBits, putBits, READ_PADDING } from './bit-stream.ts';
import type { SampleBuffer } from './sample-buffer.ts';
import { canonicalValue } from './stale-marker.ts';

/**
 * Runs of float samples of one series, compressed as in Facebook's Gorilla paper: delta of delta timestamps, XORed values;
 * the layout of Prometheus tsdb/chunkenc/xor.go, without its header (first time and count are kept beside the chunk).
 * Idle counters scraped on time cost two bits a sample. With start timestamps, each sample is followed by one bit that
 * says whether its start is that of the sample before, and by the start when it is not.
 */
export interface XorState {
  /** Where the bits go: zero from `bits` on, and long enough for MAX_SAMPLE_BYTES more. */
  bytes: Uint8Array;
  /** Position of the next bit. */
  bits: number;
  count: number;
  time: number;
  delta: number;
  high: number;
  low: number;
  /** -1 until a value differed from the one before. */
  leading: number;
  trailing: number;
  /** The last start timestamp; read and written only `withStarts`. */
  start: number;
}

/** The state of a reader after some samples of a chunk without start timestamps: reading can go on there. */
export interface XorMark {
  /** Bits from the beginning of the chunk. */
  bits: number;
  count: number;
  time: number;
  delta: number;
  high: number;
  low: number;
  leading: number;
  trailing: number;
}

/** The most that one sample can take, whatever it is; the padding that readers need included. */
export const MAX_SAMPLE_BYTES = 28 + READ_PADDING;

/** The state of a chunk that has no sample yet. */
export function emptyXorState(bytes: Uint8Array): XorState {
  return { bytes, bits: 0, count: 0, time: 0, delta: 0, high: 0, low: 0, leading: -1, trailing: 0, start: 0 };
}

/** Adds a sample; `time` is whole milliseconds, later than the one before. */
export function appendXor(state: XorState, time: number, value: number, withStarts: boolean, start: number): void {
  const { bytes } = state;
  const stored = canonicalValue(value);
  const high = highBits(stored);
  const low = lowBits(stored);
  let position = state.bits;
  if (state.count === 0) {
    putBits(bytes, position, high, 32);
    putBits(bytes, position + 32, low, 32);
    position += 64;
    state.delta = 0;
    state.leading = -1;
    state.trailing = 0;
    state.start = 0;
  } else {
    const delta = time - state.time;
    position = putDeltaOfDelta(bytes, position, delta - state.delta);
    state.delta = delta;
    position = putValue(state, position, (high ^ state.high) >>> 0, (low ^ state.low) >>> 0);
  }
  if (withStarts) {
    if (start === state.start) position++;
    else {
      putBits(bytes, position, 1, 1);
      position = putDouble(bytes, position + 1, start);
      state.start = start;
    }
  }
  state.time = time;
  state.high = high;
  state.low = low;
  state.bits = position;
  state.count++;
}

function putDouble(bytes: Uint8Array, position: number, value: number): number {
  const high = highBits(value);
  const low = lowBits(value);
  putBits(bytes, position, high, 32);
  putBits(bytes, position + 32, low, 32);
  return position + 64;
}

function putDeltaOfDelta(bytes: Uint8Array, position: number, dod: number): number {
  if (dod === 0) return position + 1;
  if (dod >= -8191 && dod <= 8192) {
    putBits(bytes, position, 0b10, 2);
    putBits(bytes, position + 2, dod & 0x3fff, 14);
    return position + 16;
  }
  if (dod >= -524287 && dod <= 524288) {
    putBits(bytes, position, 0b110, 3);
    putBits(bytes, position + 3, dod & 0xfffff, 20);
    return position + 23;
  }
  putBits(bytes, position, 0b111, 3);
  return putDouble(bytes, position + 3, dod);
}

function putValue(state: XorState, position: number, xorHigh: number, xorLow: number): number {
  const { bytes } = state;
  if (xorHigh === 0 && xorLow === 0) return position + 1;
  const lead = Math.min(31, xorHigh !== 0 ? Math.clz32(xorHigh) : 32 + Math.clz32(xorLow));
  const trail = xorLow !== 0 ? trailingZeros(xorLow) : 32 + trailingZeros(xorHigh);
  let at = position;
  if (state.leading >= 0 && lead >= state.leading && trail >= state.trailing) {
    putBits(bytes, at, 0b10, 2);
    at += 2;
  } else {
    state.leading = lead;
    state.trailing = trail;
    // 64 significant bits are written as 0.
    putBits(bytes, at, (0b11 << 11) | (lead << 6) | ((64 - lead - trail) & 63), 13);
    at += 13;
  }
  const { trailing } = state;
  const width = 64 - state.leading - trailing;
  let high = xorHigh;
  let low = xorLow;
  if (trailing >= 32) {
    low = xorHigh >>> (trailing - 32);
  } else if (trailing > 0) {
    low = ((xorLow >>> trailing) | (xorHigh << (32 - trailing))) >>> 0;
    high = xorHigh >>> trailing;
  }
  if (width > 32) putBits(bytes, at, high, width - 32);
  putBits(bytes, at + Math.max(0, width - 32), low, Math.min(32, width));
  return at + width;
}

function trailingZeros(word: number): number {
  return word === 0 ? 32 : 31 - Math.clz32(word & -word);
}

/**
 * Decompresses `count` samples that begin at byte `from` of `view` and adds those from `start` to `end` (both included) to
 * `out`, which must have room for all of them. `view` goes on for READ_PADDING bytes after the chunk. Bytes that are no
 * chunk give wrong samples, at most `count`, or a RangeError at the end of the view. With a `mark` before `start` what
 * comes before it is passed over.
 */
export function decodeXor(view: DataView, from: number, count: number, minTime: number, start: number, end: number, withStarts: boolean, out: SampleBuffer, mark?: XorMark): void {
  const { times, words } = out;
  const starts = withStarts ? out.needStarts() : undefined;
  let at = out.at;
  let position = from * 8;
  let time = minTime;
  let delta = 0;
  let high = 0;
  let low = 0;
  let leading = 0;
  let trailing = 0;
  let startTime = 0;
  if (mark === undefined) {
    high = peekBits(view, position);
    low = peekBits(view, position + 32);
    position += 64;
  } else {
    ({ time, delta, high, low, leading, trailing } = mark);
    position += mark.bits;
  }
  for (let i = mark?.count ?? 0; i < count; i++) {
    if (i > 0) {
      let word = peekBits(view, position);
      if (word >= 0) {
        position++;
        word <<= 1;
      } else {
        if ((word & 0x40000000) === 0) {
          delta += signed((word << 2) >>> 18, 14);
          position += 16;
        } else if ((word & 0x20000000) === 0) {
          delta += signed((word << 3) >>> 12, 20);
          position += 23;
        } else {
          delta += fromBits(peekBits(view, position + 3), peekBits(view, position + 35));
          position += 67;
        }
        word = peekBits(view, position);
      }
      time += delta;
      if (time > end) break;
      if (word >= 0) position++;
      else {
        if ((word & 0x40000000) === 0) position += 2;
        else {
          leading = (word << 2) >>> 27;
          const significant = (word << 7) >>> 26;
          trailing = 64 - leading - (significant === 0 ? 64 : significant);
          position += 13;
        }
        const width = 64 - leading - trailing;
        let xorHigh = 0;
        if (width > 32) {
          xorHigh = peekBits(view, position) >>> (64 - width);
          position += width - 32;
        }
        const lowWidth = width > 32 ? 32 : width;
        let xorLow = peekBits(view, position) >>> (32 - lowWidth);
        position += lowWidth;
        if (trailing >= 32) {
          xorHigh = xorLow << (trailing - 32);
          xorLow = 0;
        } else if (trailing > 0) {
          xorHigh = (xorHigh << trailing) | (xorLow >>> (32 - trailing));
          xorLow <<= trailing;
        }
        high ^= xorHigh;
        low ^= xorLow;
      }
    } else if (time > end) break;
    if (withStarts) {
      if (peekBits(view, position++) < 0) {
        startTime = fromBits(peekBits(view, position), peekBits(view, position + 32));
        position += 64;
      }
      if (starts !== undefined) starts[at] = startTime;
    }
    times[at] = time;
    words[2 * at + HIGH_WORD] = high;
    words[2 * at + LOW_WORD] = low;
    if (time >= start) at++;
  }
  // What samples that were passed over left there must not count.
  if (!withStarts) out.starts?.fill(0, out.at, at);
  out.at = at;
}

/** Values run from -(2^(n-1) - 1) to 2^(n-1), one off from two's complement, as in the reference. */
function signed(bits: number, width: number): number {
  return bits > 1 << (width - 1) ? bits - (1 << width) : bits;
}
