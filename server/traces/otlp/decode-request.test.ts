import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { decodeTraceRequest, type OtlpEncoding } from './decode-request.ts';
import { OtlpDecodeError } from './decode-error.ts';
import { otlpMessage } from './descriptor.ts';
import { toOtlpJson } from './encode-json.ts';
import { encodeExportResponse, encodeRpcStatus } from './responses.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const START = '1795000000123456789';

const json = (value: unknown): Uint8Array => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
/** A request of one span, with what is given beside ids, name and times. */
const request = (span: object, more: { resource?: object; scope?: object } = {}) => ({
  resourceSpans: [{ resource: more.resource ?? {}, scopeSpans: [{ scope: more.scope ?? {}, spans: [{ traceId: TRACE, spanId: SPAN, name: 'op', startTimeUnixNano: START, endTimeUnixNano: START, ...span }] }] }],
});
const decode = (value: unknown) => decodeTraceRequest(json(value), 'json');
const only = (value: unknown) => decode(value).spans[0];

/** The same request as protobuf: ids from hex, enums as they are. */
function protobufOf(value: ReturnType<typeof request>): Uint8Array {
  const type = otlpMessage('ExportTraceServiceRequest');
  const asBytes = JSON.parse(JSON.stringify(value), (key, v: unknown) => ((key === 'traceId' || key === 'spanId' || key === 'parentSpanId') && typeof v === 'string' ? Buffer.from(v, 'hex').toString('base64') : v)) as Record<string, unknown>;
  return type.encode(type.fromObject(asBytes)).finish();
}

const VALUES: readonly [rule: string, any: object, value: unknown, type?: string][] = [
  ['a string', { stringValue: 'a' }, 'a'],
  ['an empty string', { stringValue: '' }, ''],
  ['false', { boolValue: false }, false],
  ['an int as text', { intValue: '42' }, 42],
  ['an int as number', { intValue: 42 }, 42],
  ['zero', { intValue: '0' }, 0],
  ['an int beyond 2^53', { intValue: '9007199254740993' }, '9007199254740993', 'int'],
  ['the least int', { intValue: '-9223372036854775808' }, '-9223372036854775808', 'int'],
  ['a double', { doubleValue: 1.5 }, 1.5],
  ['a whole double', { doubleValue: 2 }, 2, 'double'],
  ['infinity', { doubleValue: '-Infinity' }, '-Infinity', 'double'],
  ['not a number', { doubleValue: 'NaN' }, 'NaN', 'double'],
  ['bytes', { bytesValue: 'AAH/' }, 'AAH/', 'bytes'],
  ['a list', { arrayValue: { values: [{ stringValue: 'a' }, { intValue: '1' }, {}] } }, ['a', 1, null]],
  ['an empty list', { arrayValue: {} }, []],
  ['a map', { kvlistValue: { values: [{ key: 'x', value: { arrayValue: { values: [{ boolValue: true }] } } }] } }, { x: [true] }],
  ['nothing', {}, null],
];
for (const [rule, any, value, type] of VALUES) {
  test(`an attribute may be ${rule}, in both encodings and out again`, () => {
    const sent = request({ attributes: [{ key: 'k', value: any }] });
    const spans = decode(sent).spans;
    assert.deepEqual(spans[0]?.attributes, { k: value });
    assert.deepEqual(spans[0]?.valueTypes, type === undefined ? undefined : { '/attributes/k': type });
    assert.deepEqual(decodeTraceRequest(protobufOf(sent), 'protobuf').spans, spans, 'protobuf says the same');
    assert.deepEqual(decode(toOtlpJson(spans)).spans, spans, 'what is written reads back');
  });
}

test('every field of a span comes through both encodings exactly, and out again', () => {
  const sent = request(
    {
      parentSpanId: 'ffffffffffffffff',
      traceState: 'a=1',
      flags: 257,
      kind: 3,
      endTimeUnixNano: '18446744073709551615'.slice(0, 19),
      attributes: [{ key: 'a', value: { stringValue: 'b' } }],
      droppedAttributesCount: 1,
      events: [{ timeUnixNano: START, name: 'e', attributes: [{ key: 'x', value: { intValue: '1' } }], droppedAttributesCount: 2 }],
      droppedEventsCount: 3,
      links: [{ traceId: TRACE, spanId: SPAN, traceState: 'b=2', attributes: [], droppedAttributesCount: 4, flags: 1 }],
      droppedLinksCount: 5,
      status: { code: 2, message: 'no' },
    },
    { resource: { attributes: [{ key: 'service.name', value: { stringValue: 'cart' } }], droppedAttributesCount: 6 }, scope: { name: 'lib', version: '1', attributes: [{ key: 's', value: { boolValue: true } }] } },
  );
  const { spans } = decode(sent);
  assert.deepEqual(spans, [
    {
      traceId: TRACE,
      spanId: SPAN,
      parentSpanId: 'ffffffffffffffff',
      traceState: 'a=1',
      flags: 257,
      name: 'op',
      kind: 'client',
      startUnixNano: START,
      endUnixNano: '1844674407370955161',
      attributes: { a: 'b' },
      status: { code: 'error', message: 'no' },
      events: [{ timeUnixNano: START, name: 'e', attributes: { x: 1 }, droppedAttributesCount: 2 }],
      links: [{ traceId: TRACE, spanId: SPAN, traceState: 'b=2', flags: 1, attributes: {}, droppedAttributesCount: 4 }],
      resource: { 'service.name': 'cart' },
      resourceDroppedAttributesCount: 6,
      scope: { name: 'lib', version: '1', attributes: { s: true } },
      droppedAttributesCount: 1,
      droppedEventsCount: 3,
      droppedLinksCount: 5,
    },
  ]);
  assert.deepEqual(decodeTraceRequest(protobufOf(sent), 'protobuf').spans, spans);
  assert.deepEqual(decode(toOtlpJson(spans)).spans, spans);
});

test('ids may be in upper case and come out in lower case', () => {
  assert.equal(only(request({ traceId: TRACE.toUpperCase(), spanId: SPAN.toUpperCase() }))?.traceId, TRACE);
});
test('a request as the specification shows one is read: upper-case ids, a scope with attributes, fields left out', () => {
  // After opentelemetry-proto examples/trace.json.
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const span = { traceId: '5B8EFFF798038103D269B633813FC60C', spanId: 'EEE19B7EC3C1B174', parentSpanId: 'EEE19B7EC3C1B173', name: 'a server span', startTimeUnixNano: '1544712660000000000', endTimeUnixNano: '1544712661000000000', kind: 2, attributes: [text('of.span', 'a')] };
  const scope = { name: 'library', version: '1.0.0', attributes: [text('of.scope', 'b')] };
  const { spans, rejected } = decode({ resourceSpans: [{ resource: { attributes: [text('service.name', 'shown')] }, scopeSpans: [{ scope, spans: [span] }] }] });
  assert.deepEqual([spans, rejected], [
    [
      {
        traceId: '5b8efff798038103d269b633813fc60c',
        spanId: 'eee19b7ec3c1b174',
        parentSpanId: 'eee19b7ec3c1b173',
        name: 'a server span',
        kind: 'server',
        startUnixNano: '1544712660000000000',
        endUnixNano: '1544712661000000000',
        attributes: { 'of.span': 'a' },
        status: { code: 'unset' },
        events: [],
        links: [],
        resource: { 'service.name': 'shown' },
        scope: { name: 'library', version: '1.0.0', attributes: { 'of.scope': 'b' } },
      },
    ],
    0,
  ]);
});
test('a span that ends before it starts is kept as it is', () => {
  assert.deepEqual([only(request({ startTimeUnixNano: '9', endTimeUnixNano: '4' }))?.startUnixNano, only(request({ startTimeUnixNano: '9', endTimeUnixNano: '4' }))?.endUnixNano], ['9', '4']);
});
test('a 64-bit time as a JSON number keeps every digit', () => {
  const text = JSON.stringify(request({})).replaceAll(`"${START}"`, START);
  assert.equal(only(text)?.startUnixNano, START);
});
test('unknown fields are ignored', () => {
  assert.equal(only({ ...request({ newField: { deep: [1] } }), other: true })?.name, 'op');
});
test('an all-zero or empty parent id is a root', () => {
  for (const parentSpanId of ['', '0000000000000000']) assert.equal(only(request({ parentSpanId }))?.parentSpanId, undefined);
});
test('a key such as __proto__ is just a key', () => {
  const attributes = only(request({ attributes: [{ key: '__proto__', value: { stringValue: 'x' } }] }))?.attributes ?? {};
  assert.equal(Object.getPrototypeOf(attributes), Object.prototype);
  assert.deepEqual(Object.keys(attributes), ['__proto__']);
});
test('an empty request holds no spans', () => {
  assert.deepEqual(decode({}).spans, []);
  assert.deepEqual(decodeTraceRequest(new Uint8Array(), 'protobuf').spans, []);
});

const REJECTED: readonly [rule: string, span: object, reason: RegExp][] = [
  ['a short trace id', { traceId: 'abcd' }, /trace_id/],
  ['an all-zero trace id', { traceId: '0'.repeat(32) }, /trace_id/],
  ['a span id that is no hex', { spanId: 'zzzzzzzzzzzzzzzz' }, /span_id/],
  ['a parent id of a wrong length', { parentSpanId: 'ab' }, /parent_span_id/],
  ['a time after 2262', { startTimeUnixNano: '18446744073709551615' }, /2262/],
];
for (const [rule, span, reason] of REJECTED) {
  test(`a span with ${rule} is rejected alone, with the reason`, () => {
    const sent = request(span);
    sent.resourceSpans.push(...request({}).resourceSpans);
    const { spans, rejected, reasons } = decode(sent);
    assert.equal(spans.length, 1);
    assert.equal(rejected, 1);
    assert.match([...reasons.keys()].join(), reason);
  });
}

const MALFORMED: readonly [rule: string, body: unknown, message: RegExp][] = [
  ['no JSON', '{', /^not JSON: /],
  ['a list', '[]', /an object with resourceSpans/],
  ['a list of numbers', { resourceSpans: [1] }, /^resourceSpans\[0\]/],
  ['a name that is a number', request({ name: 1 }), /^resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[0\]: name should be a string/],
  ['a time that is a word', request({ startTimeUnixNano: 'now' }), /spans\[0\]: startTimeUnixNano should be an unsigned 64-bit integer/],
  ['a negative time', request({ startTimeUnixNano: '-1' }), /startTimeUnixNano/],
  ['an attribute that is no value', request({ attributes: [{ key: 'k', value: 'v' }] }), /spans\[0\]: an attribute value should be an object/],
  ['an int out of range', request({ attributes: [{ key: 'k', value: { intValue: '9223372036854775808' } }] }), /intValue should be a signed 64-bit integer/],
  ['a value nested too deep', request({ attributes: [{ key: 'k', value: nested(40) }] }), /nested deeper than 32/],
];
for (const [rule, body, message] of MALFORMED) {
  test(`a request with ${rule} is malformed, and the error says where`, () => {
    assert.throws(() => decode(body), (error) => error instanceof OtlpDecodeError && error.code === 'malformed-otlp' && (assert.match(error.message, message), true));
  });
}
test('JSON that is no UTF-8 is malformed', () => {
  assert.throws(() => decodeTraceRequest(Buffer.from('7b22ff223a317d', 'hex'), 'json'), { code: 'malformed-otlp', message: /^not JSON: / });
});
test('bytes that are no protobuf are malformed', () => {
  assert.throws(() => decodeTraceRequest(Buffer.from('not protobuf at all'), 'protobuf'), OtlpDecodeError);
});

test('whatever comes in, the decoder gives spans or an OtlpDecodeError', () => {
  const never = (body: Uint8Array, encoding: OtlpEncoding): void => {
    try {
      decodeTraceRequest(body, encoding);
    } catch (error) {
      assert.ok(error instanceof OtlpDecodeError, String(error));
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => never(bytes, 'protobuf')), { numRuns: 300 });
  fc.assert(fc.property(fc.json(), (text) => never(Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${text}]}]}]}`), 'json')), { numRuns: 300 });
  const valid = protobufOf(request({ attributes: [{ key: 'k', value: { stringValue: 'v' } }] }));
  fc.assert(fc.property(fc.nat({ max: valid.length - 1 }), fc.nat({ max: 255 }), (at, byte) => never(Buffer.from(valid.with(at, byte)), 'protobuf')), { numRuns: 500 });
});

test('a response with nothing to say is empty; a partial one counts as text in JSON', () => {
  assert.equal(encodeExportResponse('protobuf').length, 0);
  assert.equal(encodeExportResponse('json').toString(), '{}');
  assert.equal(encodeExportResponse('json', { rejected: 3, message: 'why' }).toString(), '{"partialSuccess":{"rejectedSpans":"3","errorMessage":"why"}}');
  assert.equal(encodeExportResponse('protobuf', { rejected: 3, message: 'why' }).toString('hex'), '0a0708031203776879');
  assert.equal(encodeRpcStatus('protobuf', { code: 3, message: 'no' }).toString('hex'), '080312026e6f');
});

function nested(depth: number): object {
  let value: object = { stringValue: 'x' };
  for (let i = 0; i < depth; i++) value = { arrayValue: { values: [value] } };
  return value;
}
