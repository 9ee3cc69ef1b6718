/** Stored bytes that are not what a writer of this program makes. */
export class DamagedDataError extends Error {
  override readonly name = 'DamagedDataError';
}

const MAX_VARINT_BYTES = 8;

/** Reads what ByteWriter wrote. Every method throws DamagedDataError when the bytes end too soon or make no sense. */
export class ByteReader {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#at = at;
  }

  /** Where the next value begins. */
  get position(): number {
    return this.#at;
  }
  get remaining(): number {
    return this.#bytes.length - this.#at;
  }
  /** Goes on at another place. */
  seek(at: number): void {
    if (!(at >= 0 && at <= this.#bytes.length)) throw new DamagedDataError(`a reference to byte ${at} of ${this.#bytes.length}`);
    this.#at = at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }
  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }
  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) break;
      this.#at++;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    throw new DamagedDataError(`no whole number at byte ${this.#at}`);
  }
  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  /** How many items follow; each takes at least `itemBytes`, so a damaged count cannot ask for endless memory. */
  count(itemBytes = 1): number {
    const count = this.varint();
    if (count * itemBytes > this.remaining) throw new DamagedDataError(`${count} items in ${this.remaining} bytes`);
    return count;
  }
  string(): string {
    const length = this.count();
    const from = this.#take(length);
    return this.#bytes.toString('utf8', from, from + length);
  }
  /** The next bytes; they share memory with what is read. */
  bytes(length: number): Buffer {
    const from = this.#take(length);
    return this.#bytes.subarray(from, from + length);
  }
  /** Fills a typed array with the memory that was written from one. */
  column<T extends Int32Array | Uint32Array | Float64Array>(into: T): T {
    new Uint8Array(into.buffer, into.byteOffset, into.byteLength).set(this.bytes(into.byteLength));
    return into;
  }

  #take(length: number): number {
    const from = this.#at;
    if (length > this.#bytes.length - from) throw new DamagedDataError(`${length} bytes wanted at byte ${from} of ${this.#bytes.length}`);
    this.#at = from + length;
    return from;
  }
}
