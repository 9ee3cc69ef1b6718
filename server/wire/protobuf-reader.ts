import { isUtf8 } from 'node:buffer';

/** Bytes that are not a protobuf message of the expected kind. `offset` is where in the whole input that shows. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(`${message}, at byte ${offset}`);
    this.offset = offset;
  }
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;
const TWO_32 = 2 ** 32;

/**
 * Reads one protobuf message field by field: `while (reader.next()) switch (reader.field) …`, where each case reads the value
 * or skips it. Never reads beyond the message and copies nothing. Every fault is a ProtobufError.
 * Source: protobuf.dev/programming-guides/encoding.
 */
export class ProtobufReader {
  /** The number of the field `next` stepped on. */
  field = 0;
  #wireType = 0;
  readonly #bytes: Buffer;
  readonly #view: DataView;
  #at = 0;
  #end: number;
  #fieldAt = 0;

  /** Reads `source` from its start, or, given another reader, what that one reads. */
  constructor(source: Uint8Array | ProtobufReader) {
    if (source instanceof ProtobufReader) {
      this.#bytes = source.#bytes;
      this.#view = source.#view;
    } else {
      this.#bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
      this.#view = new DataView(source.buffer, source.byteOffset, source.byteLength);
    }
    this.#end = this.#bytes.length;
  }

  /** Where the next field, or its value, starts in the whole input. */
  get offset(): number {
    return this.#at;
  }

  /** Where the field that `next` stepped on starts, its number included. */
  get fieldStart(): number {
    return this.#fieldAt;
  }

  /** Steps on the next field; false at the end of the message. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    this.#fieldAt = this.#at;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.#wireType = tag & 7;
    if (this.field === 0 || tag >= TWO_32) throw new ProtobufError('no field has such a number', this.#at);
    return true;
  }

  /** An unsigned whole number; above 2^53 the last digits are lost. */
  uint(): number {
    this.#expect(VARINT);
    return this.varint();
  }

  /** A signed whole number in two's complement (int32, int64, enums); beyond ±2^53 the last digits are lost. */
  int(): number {
    this.#expect(VARINT);
    return this.#signed();
  }

  /** A signed whole number in zigzag (sint32, sint64). */
  sint(): number {
    this.#expect(VARINT);
    return zigzag(this.varint());
  }

  double(): number {
    this.#expect(FIXED64);
    return this.#fixed64();
  }

  /** UTF-8 text. Bytes that are not UTF-8 are an error. */
  string(): string {
    const from = this.#at;
    const text = this.text();
    if (text === undefined) throw new ProtobufError('a text is not UTF-8', from);
    return text;
  }

  /** UTF-8 text; undefined when the bytes are not UTF-8. */
  text(): string | undefined {
    const from = this.#openLength();
    const text = this.#bytes.toString('utf8', from, this.#at);
    return text.includes('\uFFFD') && !isUtf8(this.#bytes.subarray(from, this.#at)) ? undefined : text;
  }

  /** Bytes as they are; they stay part of the input. */
  bytes(): Buffer {
    const from = this.#openLength();
    return this.#bytes.subarray(from, this.#at);
  }

  /** The bytes from one place of the input to another, as text of one character a byte: a key for what they say. */
  bytesAsText(from: number, to: number): string {
    return this.#bytes.toString('latin1', from, to);
  }

  /** A nested message, to be read on its own; this reader goes on behind it. */
  message(): ProtobufReader {
    const nested = new ProtobufReader(this);
    nested.#at = this.#openLength();
    nested.#end = this.#at;
    return nested;
  }

  /** A nested message as `message` gives it, two times: for what has to be read in two passes. */
  messageTwice(): readonly [ProtobufReader, ProtobufReader] {
    const first = this.message();
    const second = new ProtobufReader(this);
    second.#at = first.#at;
    second.#end = first.#end;
    return [first, second];
  }

  /** Adds a repeated double to `into`, packed or not. */
  doubles(into: number[]): void {
    if (this.#wireType === FIXED64) {
      into.push(this.#fixed64());
      return;
    }
    this.#packed(() => into.push(this.#fixed64()));
  }

  /** Adds a repeated sint32 or sint64 to `into`, packed or not. */
  sints(into: number[]): void {
    if (this.#wireType === VARINT) {
      into.push(zigzag(this.varint()));
      return;
    }
    this.#packed(() => into.push(zigzag(this.varint())));
  }

  /** Adds a repeated uint32 to `into`, packed or not. */
  uints(into: number[]): void {
    if (this.#wireType === VARINT) {
      into.push(this.varint());
      return;
    }
    this.#packed(() => into.push(this.varint()));
  }

  /** Leaves the value of a field unread. Groups, which are long out of use, are refused. */
  skip(): void {
    switch (this.#wireType) {
      case VARINT:
        this.varint();
        return;
      case FIXED64:
        this.#advance(8);
        return;
      case LENGTH_DELIMITED:
        this.#openLength();
        return;
      case FIXED32:
        this.#advance(4);
        return;
      default:
        throw new ProtobufError(`field ${this.field} has the wire type ${this.#wireType}, which is not in use`, this.#at);
    }
  }

  /** A bare varint, such as the length before a message in a stream. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      if (this.#at >= this.#end) throw new ProtobufError('the message ends within a number', this.#at);
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new ProtobufError('a number has more than ten bytes', this.#at);
  }

  /** A message that is preceded by its bare length, as in a stream of messages. */
  delimited(): ProtobufReader {
    this.#wireType = LENGTH_DELIMITED;
    return this.message();
  }

  #signed(): number {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#at >= this.#end) throw new ProtobufError('the message ends within a number', this.#at);
      const byte = this.#bytes[this.#at++] ?? 0;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) return high * TWO_32 + (low >>> 0);
    }
    throw new ProtobufError('a number has more than ten bytes', this.#at);
  }

  #fixed64(): number {
    const from = this.#advance(8);
    return this.#view.getFloat64(from, true);
  }

  #packed(read: () => void): void {
    const from = this.#openLength();
    const [end, outer] = [this.#at, this.#end];
    this.#at = from;
    this.#end = end;
    while (this.#at < end) read();
    this.#end = outer;
  }

  /** Steps over a length and what it counts; gives where that starts. */
  #openLength(): number {
    this.#expect(LENGTH_DELIMITED);
    const length = this.varint();
    return this.#advance(length);
  }

  #advance(length: number): number {
    const from = this.#at;
    if (length > this.#end - from) throw new ProtobufError(`${length} bytes are announced, ${this.#end - from} are left`, from);
    this.#at = from + length;
    return from;
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) throw new ProtobufError(`field ${this.field} has the wire type ${this.#wireType} instead of ${wireType}`, this.#at);
  }
}

function zigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
