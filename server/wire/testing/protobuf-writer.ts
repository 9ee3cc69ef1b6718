/** Writes protobuf messages field by field, for tests: `message(field(1, text('a')), field(2, double(1)))`. */
export type ProtobufField = readonly number[];

/** The bytes of a message. */
export function message(...fields: readonly ProtobufField[]): Uint8Array {
  return Uint8Array.from(fields.flat());
}

/** A length-delimited field: a text, bytes or a message. */
export function bytesField(number: number, value: string | Uint8Array): ProtobufField {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return [...varint(BigInt(number * 8 + 2)), ...varint(BigInt(bytes.length)), ...bytes];
}
export function doubleField(number: number, value: number): ProtobufField {
  return [...varint(BigInt(number * 8 + 1)), ...doubleBytes(value)];
}
/** int32, int64, uint32, uint64, enums. */
export function intField(number: number, value: number | bigint): ProtobufField {
  return [...varint(BigInt(number * 8)), ...varint(BigInt.asUintN(64, BigInt(value)))];
}
/** sint32, sint64. */
export function sintField(number: number, value: number): ProtobufField {
  return [...varint(BigInt(number * 8)), ...varint(zigzag(value))];
}
export function packedSints(number: number, values: readonly number[]): ProtobufField {
  return bytesField(number, Uint8Array.from(values.flatMap((value) => varint(zigzag(value)))));
}
export function packedUints(number: number, values: readonly number[]): ProtobufField {
  return bytesField(number, Uint8Array.from(values.flatMap((value) => varint(BigInt(value)))));
}
export function packedDoubles(number: number, values: readonly number[]): ProtobufField {
  return bytesField(number, Uint8Array.from(values.flatMap(doubleBytes)));
}
/** Messages as they stand in a stream: each with its length before it. */
export function delimited(...messages: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(messages.flatMap((one) => [...varint(BigInt(one.length)), ...one]));
}

function zigzag(value: number): bigint {
  return BigInt(value < 0 ? -2 * value - 1 : 2 * value);
}

function doubleBytes(value: number): number[] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value, true);
  return [...new Uint8Array(view.buffer)];
}

function varint(value: bigint): number[] {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 128n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  out.push(Number(rest));
  return out;
}
