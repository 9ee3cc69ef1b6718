const VARINT_SPLIT = 128;

/** Writes numbers and strings into bytes that grow as needed. Everything is little endian. */
export class ByteWriter {
  #bytes: Buffer;
  #at = 0;

  constructor(capacity = 256) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  get length(): number {
    return this.#at;
  }
  /** What was written so far; shares memory with the writer. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }
  /** Starts again from nothing, keeping the memory: what `finish` gave before must no longer be used. */
  reset(): void {
    this.#at = 0;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }
  u32(value: number): void {
    this.#reserve(4);
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }
  f64(value: number): void {
    this.#reserve(8);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }
  /** A whole number from 0 to 2^53 - 1, seven bits a byte. */
  varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest >= VARINT_SPLIT) {
      this.#bytes[this.#at++] = (rest % VARINT_SPLIT) | VARINT_SPLIT;
      rest = Math.floor(rest / VARINT_SPLIT);
    }
    this.#bytes[this.#at++] = rest;
  }
  /** A whole number of either sign, up to 2^52: small ones of both signs are short. */
  signed(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }
  /** UTF-8 with its length before it. */
  string(value: string): void {
    const length = Buffer.byteLength(value);
    this.varint(length);
    this.#reserve(length);
    this.#at += this.#bytes.write(value, this.#at, length, 'utf8');
  }
  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }
  /** The memory of the first `count` entries of a typed array, as it is. */
  column(value: Int32Array | Uint32Array | Float64Array, count: number): void {
    this.bytes(new Uint8Array(value.buffer, value.byteOffset, count * value.BYTES_PER_ELEMENT));
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#at + more, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#at);
    this.#bytes = grown;
  }
}
