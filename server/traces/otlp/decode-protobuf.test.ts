import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeProtobufRequest } from './decode-protobuf.ts';
import { OtlpDecodeError } from './decode-error.ts';

/** A field whose value is bytes: a message, a text, an id. */
const field = (number: number, ...parts: readonly (Buffer | string)[]): Buffer => {
  const body = Buffer.concat(parts.map((p) => (typeof p === 'string' ? Buffer.from(p) : p)));
  return Buffer.concat([varint((number << 3) | 2), varint(body.length), body]);
};
const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
};
const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');
const TRACE = field(1, hex('0af7651916cd43dd8448eb211c80319c'));
const SPAN = field(2, hex('b7ad6b7169203331'));
/** A request of one span that has more fields than its ids. */
const inSpan = (...fields: readonly Buffer[]): Buffer => field(1, field(2, field(2, TRACE, SPAN, ...fields)));
const only = (body: Buffer) => decodeProtobufRequest(body).spans[0];
/** The value of an attribute, `depth` lists around nothing. */
const lists = (depth: number): Buffer => (depth === 0 ? Buffer.alloc(0) : field(5, field(1, lists(depth - 1))));

const MALFORMED: readonly [rule: string, body: Buffer, message: RegExp][] = [
  ['a length beyond the message', inSpan(hex('2a 05 61')), /^not an OTLP protobuf message: resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[0\]: a field of 5 bytes goes beyond the end of its message, at byte \d+$/],
  ['a length beyond the request', hex('0a 05 12'), /: a field of 5 bytes goes beyond the end of its message, at byte 2$/],
  ['a length of more than 32 bits', hex('0a ff ff ff ff 7f'), /a length is longer than 32 bits/],
  ['a negative length', hex('0a ff ff ff ff ff ff ff ff ff 01'), /a length is longer than 32 bits/],
  ['a number that ends too early', inSpan(hex('30 80')), /a number is cut off/],
  ['a time that ends too early', inSpan(hex('39 01 02 03')), /spans\[0\]: a number is cut off/],
  ['a number of eleven bytes', inSpan(hex('30 ffffffffffffffffffff 01')), /a number is longer than 10 bytes/],
  ['a name that is a number', inSpan(hex('28 01')), /field 5 has the wire type 0/],
  ['ids as a number', field(1, field(2, field(2, hex('08 01')))), /field 1 has the wire type 0/],
  ['a field number of zero', inSpan(hex('02 00')), /a field has the number 0/],
  ['a wire type that does not exist', inSpan(hex('a7 06')), /there is no wire type 7/],
  ['a group that is not closed', inSpan(hex('a3 06')), /spans\[0\]:/],
  ['a group closed by another', inSpan(hex('a3 06 ac 06')), /a group ends that was not begun/],
  ['a name that is not UTF-8', inSpan(hex('2a 02 c3 28')), /spans\[0\]: a text is not UTF-8, at byte/],
  ['a long text that is not UTF-8', inSpan(field(5, 'x'.repeat(100), hex('ff'))), /a text is not UTF-8/],
  ['a value nested too deep', inSpan(field(9, field(1, 'k'), field(2, lists(40)))), /nested deeper than 32/],
];
for (const [rule, body, message] of MALFORMED) {
  test(`a request with ${rule} is malformed, and the error says where`, () => {
    assert.throws(() => decodeProtobufRequest(body), (error) => error instanceof OtlpDecodeError && (assert.match(error.message, message), true));
  });
}

test('fields that nobody knows are gone past, whatever their wire type', () => {
  const unknown = Buffer.concat([hex('a0 06 ffffffffffffffffff 01'), hex('a1 06 0102030405060708'), field(100, 'later'), hex('a5 06 01020304'), hex('a3 06 08 01 ab 06 12 00 ac 06 a4 06')]);
  assert.equal(only(inSpan(unknown, field(5, 'op')))?.name, 'op');
});
test('a value of a kind that later versions added is no value', () => {
  assert.deepEqual(only(inSpan(field(9, field(1, 'k'), field(2, hex('40 07')))))?.attributes, { k: null });
});
test('fields may come in any order: the value before its key, the spans before their scope and resource', () => {
  const span = field(2, field(9, field(2, field(7, hex('01'))), field(1, 'k')), SPAN, TRACE);
  const body = field(1, field(2, span, field(1, field(1, 'lib'))), field(1, field(1, field(1, 'service.name'), field(2, field(1, 'cart')))));
  assert.deepEqual([only(body)?.attributes, only(body)?.valueTypes, only(body)?.scope, only(body)?.resource], [{ k: 'AQ==' }, { '/attributes/k': 'bytes' }, { name: 'lib' }, { 'service.name': 'cart' }]);
});
test('of a key that is sent twice the last counts, with its type', () => {
  const double = (value: number): Buffer => {
    const bytes = Buffer.alloc(9, 0x21);
    bytes.writeDoubleLE(value, 1);
    return bytes;
  };
  const whole = field(6, field(1, field(1, 'x'), field(2, double(2))));
  const got = only(inSpan(field(9, field(1, 'k'), field(2, whole)), field(9, field(1, 'k'), field(2, hex('18 01')))));
  assert.deepEqual([got?.attributes, got?.valueTypes], [{ k: 1 }, undefined]);
});
test('a link that leads nowhere is counted as dropped and leaves no types behind', () => {
  const got = only(inSpan(field(13, field(4, field(1, 'k'), field(2, field(7, hex('01')))))));
  assert.deepEqual([got?.links, got?.droppedLinksCount, got?.valueTypes], [[], 1, undefined]);
});
test('spans share the objects of their resource and scope, and of the types of their values', () => {
  const resource = field(1, field(1, field(1, 'raw'), field(2, field(7, hex('01')))));
  const span = field(2, TRACE, SPAN);
  const { spans } = decodeProtobufRequest(field(1, resource, field(2, span, span)));
  assert.equal(spans[0]?.resource, spans[1]?.resource);
  assert.equal(spans[0]?.scope, spans[1]?.scope);
  assert.deepEqual(spans[0]?.valueTypes, { '/resource/raw': 'bytes' });
  assert.equal(spans[0]?.valueTypes, spans[1]?.valueTypes);
});
test('a value of five megabytes is taken whole', () => {
  const value = 'é'.repeat(2_500_000);
  assert.equal(only(inSpan(field(9, field(1, 'big'), field(2, field(1, value)))))?.attributes['big'], value);
});
test('many keys sent twice, and a resource with many types for many spans, do not take forever', () => {
  const typed = (key: string): Buffer => field(9, field(1, key), field(2, field(7, hex('01'))));
  const keys = Array.from({ length: 40_000 }, (_, i) => typed(String(i % 20_000)));
  assert.equal(Object.keys(only(inSpan(...keys))?.valueTypes ?? {}).length, 20_000);
  const resource = field(1, ...Array.from({ length: 20_000 }, (_, i) => field(1, field(1, String(i)), field(2, field(7, hex('01'))))));
  const spans = Array.from({ length: 20_000 }, () => field(2, TRACE, SPAN, typed('k')));
  assert.throws(() => decodeProtobufRequest(field(1, resource, field(2, ...spans))), /spans\[50\]: its resource or scope has too many/);
});
