import protobuf, { type Writer } from 'protobufjs';

export type { Writer };

/** Wire types (protobuf.dev/programming-guides/encoding). */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** The bytes of a message whose fields `write` writes. */
export function writeMessage(write: (w: Writer) => void): Uint8Array {
  const w = protobuf.Writer.create();
  write(w);
  return w.finish();
}

/** A message in a field. */
export function writeNested(w: Writer, field: number, write: () => void): void {
  w.uint32(tag(field, BYTES)).fork();
  write();
  w.ldelim();
}

/** Bytes, or a message that is written already. */
export function writeBytes(w: Writer, field: number, bytes: Uint8Array): void {
  w.uint32(tag(field, BYTES)).bytes(bytes);
}

/** A text, also an empty one. One that is not well formed is made so, as readers refuse a message with such a one. */
export function writeText(w: Writer, field: number, value: string): void {
  w.uint32(tag(field, BYTES)).string(value.toWellFormed());
}

/** A number from 0 to 2^32, or up to 2^53 as the others: uint32, int32, enum. 0 as well. */
export function writeUint(w: Writer, field: number, value: number): void {
  if (value <= 0xffffffff) w.uint32(tag(field, VARINT)).uint32(value);
  else w.uint32(tag(field, VARINT)).uint64(value);
}

/** An int64: a number that is exact, or decimal digits. */
export function writeInt64(w: Writer, field: number, value: number | string): void {
  w.uint32(tag(field, VARINT)).int64(value);
}

export function writeDouble(w: Writer, field: number, value: number): void {
  w.uint32(tag(field, FIXED64)).double(value);
}

/** A fixed64 of decimal digits. */
export function writeFixed64(w: Writer, field: number, value: string): void {
  w.uint32(tag(field, FIXED64)).fixed64(value);
}

export function writeFixed32(w: Writer, field: number, value: number): void {
  w.uint32(tag(field, FIXED32)).fixed32(value);
}

function tag(field: number, wireType: number): number {
  return field * 8 + wireType;
}
