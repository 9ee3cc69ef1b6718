/** Bytes that are read must go on for this many after their last one, so that whole words can be read anywhere. */
export const READ_PADDING = 8;

/**
 * Sets `width` (1 to 32) bits of `value` at a bit position, most significant first. The bytes there must be zero so far
 * and reach far enough.
 */
export function putBits(bytes: Uint8Array, position: number, value: number, width: number): void {
  let left = width;
  let at = position >>> 3;
  let free = 8 - (position & 7);
  while (left > 0) {
    const take = free < left ? free : left;
    const part = (value >>> (left - take)) & (0xff >>> (8 - take));
    bytes[at] = (bytes[at] ?? 0) | (part << (free - take));
    left -= take;
    at++;
    free = 8;
  }
}

/** The 32 bits at a bit position, as a signed number whose sign is the first of them. Needs READ_PADDING. */
export function peekBits(view: DataView, position: number): number {
  const at = position >>> 3;
  const shift = position & 7;
  const word = view.getInt32(at);
  return shift === 0 ? word : (word << shift) | (view.getUint8(at + 4) >>> (8 - shift));
}

const scratch = new Float64Array(1);
const words = new Uint32Array(scratch.buffer);
/** Which of the two words of a number holds its low half on this machine. */
export const LOW_WORD = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;
export const HIGH_WORD = 1 - LOW_WORD;

/** The upper half of a number's bits. */
export function highBits(value: number): number {
  scratch[0] = value;
  return words[HIGH_WORD] ?? 0;
}
/** The lower half of a number's bits. */
export function lowBits(value: number): number {
  scratch[0] = value;
  return words[LOW_WORD] ?? 0;
}
/** The number of two halves. */
export function fromBits(high: number, low: number): number {
  words[HIGH_WORD] = high;
  words[LOW_WORD] = low;
  return scratch[0] ?? 0;
}

/** Writes bits one after the other into bytes that grow. */
export class BitWriter {
  #bytes: Uint8Array;
  #position = 0;
  constructor(capacity = 128) {
    this.#bytes = new Uint8Array(capacity);
  }
  get bitLength(): number {
    return this.#position;
  }
  put(value: number, width: number): void {
    const needed = ((this.#position + width + 7) >>> 3) + READ_PADDING;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    putBits(this.#bytes, this.#position, value, width);
    this.#position += width;
  }
  double(value: number): void {
    const high = highBits(value);
    const low = lowBits(value);
    this.put(high, 32);
    this.put(low, 32);
  }
  /** What was written, without padding; shares memory with the writer. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, (this.#position + 7) >>> 3);
  }
  /** The same with its padding, to be read while it is still written. */
  padded(): Uint8Array {
    return this.#bytes;
  }
}
