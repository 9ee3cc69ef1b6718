import { isUtf8 } from 'node:buffer';
import { OtlpDecodeError } from './decode-error.ts';
import type { TextCache } from './text-cache.ts';

/** Protobuf's wire types (protobuf.dev/programming-guides/encoding). */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const GROUP_START = 3;
const GROUP_END = 4;
const FIXED32 = 5;

/**
 * Reads protobuf's wire format from one place after another. Whatever would go beyond the message that is being read, or
 * is no protobuf at all, is an OtlpDecodeError that says at which byte.
 *
 * A message within another is read by setting `limit` to its end and back again; readers of messages do that themselves,
 * because a callback for each of them would take most of the time.
 */
export class WireReader {
  readonly bytes: Buffer;
  readonly #texts: TextCache;
  pos = 0;
  /** Where the message that is being read ends. */
  limit: number;

  constructor(bytes: Uint8Array, texts: TextCache) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.limit = bytes.byteLength;
    this.#texts = texts;
  }

  fail(message: string): never {
    throw new OtlpDecodeError(`${message}, at byte ${this.pos}`);
  }

  /** Field number and wire type of the next field, as they are sent: `number << 3 | type`. */
  tag(): number {
    const first = this.bytes[this.pos] ?? 0;
    // Numbers up to 15 take one byte, and all but one field of a span have such a one.
    if (first > 7 && first < 0x80) {
      this.pos += 1;
      return first;
    }
    const tag = this.#size();
    if (tag >>> 3 === 0) this.fail('a field has the number 0');
    return tag;
  }

  /** A varint, of which the low 32 bits count. */
  uint32(): number {
    const { bytes, limit } = this;
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.pos >= limit) this.fail('a number is cut off');
      const byte = bytes[this.pos] ?? 0;
      this.pos += 1;
      if (shift < 35) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    return this.fail('a number is longer than 10 bytes');
  }

  /** An enum or int32: the low 32 bits with their sign. */
  int32(): number {
    return this.uint32() | 0;
  }

  bool(): boolean {
    return this.#varint64() !== 0n;
  }

  /** An int64, as a number when that is exact. */
  int64(): number | bigint {
    const byte = this.bytes[this.pos] ?? 0xff;
    if (byte < 0x80 && this.pos < this.limit) {
      this.pos += 1;
      return byte;
    }
    const value = BigInt.asIntN(64, this.#varint64());
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  fixed32(): number {
    const at = this.#advance(4);
    return this.bytes.readUInt32LE(at);
  }

  fixed64(): bigint {
    const at = this.#advance(8);
    return this.bytes.readBigUInt64LE(at);
  }

  double(): number {
    const at = this.#advance(8);
    return this.bytes.readDoubleLE(at);
  }

  /** Reads the length of what follows; gives where that ends, which is within the message that is being read. */
  end(): number {
    const length = this.#size();
    const end = this.pos + length;
    if (end > this.limit) this.fail(`a field of ${length} bytes goes beyond the end of its message`);
    return end;
  }

  text(): string {
    const end = this.end();
    const start = this.pos;
    this.pos = end;
    return this.#texts.get(this.bytes, start, end) ?? this.#longText(start, end);
  }

  hex(): string {
    const end = this.end();
    const start = this.pos;
    this.pos = end;
    return this.bytes.toString('hex', start, end);
  }

  base64(): string {
    const end = this.end();
    const start = this.pos;
    this.pos = end;
    return this.bytes.toString('base64', start, end);
  }

  /** Goes past a field that is not known. One whose number is `known` or less has the wrong type: nobody sends that. */
  skip(tag: number, known: number): void {
    if (tag >>> 3 <= known) this.fail(`field ${tag >>> 3} has the wire type ${tag & 7}`);
    this.#skip(tag);
  }

  #skip(tag: number): void {
    // Groups are not nested by recursion: they are counted.
    const open: number[] = [];
    let current = tag;
    for (;;) {
      switch (current & 7) {
        case VARINT:
          this.#varint64();
          break;
        case FIXED64:
          this.#advance(8);
          break;
        case BYTES:
          this.pos = this.end();
          break;
        case FIXED32:
          this.#advance(4);
          break;
        case GROUP_START:
          open.push(current >>> 3);
          break;
        case GROUP_END:
          if (open.pop() !== current >>> 3) this.fail('a group ends that was not begun');
          break;
        default:
          this.fail(`there is no wire type ${current & 7}`);
      }
      if (open.length === 0) return;
      current = this.tag();
    }
  }

  #longText(start: number, end: number): string {
    if (!isUtf8(this.bytes.subarray(start, end))) {
      this.pos = start;
      this.fail('a text is not UTF-8');
    }
    return this.bytes.toString('utf8', start, end);
  }

  /** A varint of 32 bits at most: more is no length, and no field number. */
  #size(): number {
    const { bytes, limit } = this;
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 5; i++) {
      if (this.pos >= limit) this.fail('a number is cut off');
      const byte = bytes[this.pos] ?? 0;
      this.pos += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value < 4_294_967_296 ? value : this.fail('a length is longer than 32 bits');
      factor *= 128;
    }
    return this.fail('a length is longer than 32 bits');
  }

  #advance(count: number): number {
    const at = this.pos;
    if (at + count > this.limit) this.fail('a number is cut off');
    this.pos = at + count;
    return at;
  }

  #varint64(): bigint {
    const { bytes, limit } = this;
    let low = 0;
    let middle = 0;
    let high = 0;
    for (let i = 0; i < 10; i++) {
      if (this.pos >= limit) this.fail('a number is cut off');
      const byte = bytes[this.pos] ?? 0;
      this.pos += 1;
      if (i < 4) low |= (byte & 0x7f) << (i * 7);
      else if (i < 8) middle |= (byte & 0x7f) << ((i - 4) * 7);
      else high |= (byte & 0x7f) << ((i - 8) * 7);
      if (byte < 0x80) return BigInt.asUintN(64, BigInt(low) | (BigInt(middle) << 28n) | (BigInt(high) << 56n));
    }
    return this.fail('a number is longer than 10 bytes');
  }
}

