import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeTraceRequest } from '../otlp/decode-request.ts';
import { toOtlpProtobuf } from '../otlp/encode-protobuf.ts';
import { aSpan, spanId, traceId } from '../testing/a-span.ts';
import { tempoResourceSpans, traceByIdProtobuf } from './trace-json.ts';

const SPANS = [
  aSpan({
    traceId: traceId(0xabcdef),
    spanId: spanId(1),
    parentSpanId: spanId(9),
    kind: 'server',
    start: 1_795_000_000_123_456_789n,
    duration: 5,
    flags: 257,
    traceState: 'a=b',
    status: { code: 'error', message: 'no' },
    attributes: { text: 'x', n: 1, half: 0.5, big: '9223372036854775807', bytes: 'AAE=', list: ['a', 1], map: { k: true } },
    valueTypes: { '/attributes/big': 'int', '/attributes/bytes': 'bytes' },
    events: [{ timeUnixNano: '1795000000123456790', name: 'e', attributes: { a: 1 }, droppedAttributesCount: 2 }],
    links: [{ traceId: traceId(5), spanId: spanId(6), attributes: { why: 'batch' }, flags: 1 }],
    scope: { name: 'lib', version: '1', attributes: { s: 1 } },
  }),
  aSpan({ traceId: traceId(0xabcdef), spanId: spanId(2), kind: 'unspecified', service: 'other' }),
];

test('a trace as protobuf holds everything, under both messages', () => {
  const bytes = toOtlpProtobuf(SPANS);
  assert.deepEqual(decodeTraceRequest(bytes, 'protobuf').spans, SPANS);
  const around = traceByIdProtobuf(bytes);
  assert.equal(around[0], 0x0a);
  assert.deepEqual(Buffer.from(around.subarray(around.length - bytes.length)), Buffer.from(bytes));
  assert.equal(around.length, bytes.length + 3, 'two bytes of length for these');
  assert.deepEqual([...traceByIdProtobuf(new Uint8Array(127))].slice(0, 2), [0x0a, 127]);
  assert.deepEqual([...traceByIdProtobuf(new Uint8Array(128))].slice(0, 3), [0x0a, 0x80, 1]);
});

test('a trace in Tempo’s JSON has ids in base64 and enums by name', () => {
  const json = JSON.parse(JSON.stringify(tempoResourceSpans(SPANS))) as { scopeSpans: { spans: Record<string, unknown>[] }[] }[];
  const span = json[0]?.scopeSpans[0]?.spans[0];
  assert.equal(span?.['traceId'], 'AAAAAAAAAAAAAAAAAKvN7w==');
  assert.equal(span?.['spanId'], 'AAAAAAAAAAE=');
  assert.equal(span?.['parentSpanId'], 'AAAAAAAAAAk=');
  assert.equal(span?.['kind'], 'SPAN_KIND_SERVER');
  assert.deepEqual(span?.['status'], { code: 'STATUS_CODE_ERROR', message: 'no' });
  assert.match(JSON.stringify(span?.['links']), /"traceId":"AAAAAAAAAAAAAAAAAAAABQ=="/);
  const other = json[1]?.scopeSpans[0]?.spans[0];
  assert.deepEqual([other?.['kind'], other?.['status'], other?.['parentSpanId']], ['SPAN_KIND_UNSPECIFIED', {}, undefined]);
});
