import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { OtlpDecodeError } from '#server/traces/otlp/decode-error.ts';
import { decodeZipkin } from './decode-zipkin.ts';

const IDS = { traceId: '0af7651916cd43dd8448eb211c80319c', id: 'b7ad6b7169203331' };
const NOW = 1_795_000_000_000_000;
const decode = (value: unknown) => decodeZipkin(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), NOW);
const only = (span: object) => decode([{ ...IDS, ...span }]).spans[0];

test('a span comes with everything that Zipkin has for it', () => {
  const span = only({
    parentId: '00000000000000FF',
    name: 'get /cart',
    kind: 'CLIENT',
    timestamp: 1_795_000_000_000_001,
    duration: 1500,
    localEndpoint: { serviceName: 'cart', ipv4: '10.0.0.1', port: 8080 },
    remoteEndpoint: { serviceName: 'stock', ipv6: '::1', port: 9090 },
    annotations: [{ timestamp: 1_795_000_000_000_002, value: 'retried' }, { timestamp: 1_795_000_000_000_003, value: '{"exception":{"type":"E","count":2}}' }],
    tags: { 'http.method': 'GET', 'otel.scope.name': 'lib', 'otel.scope.version': '1', 'otel.status_code': 'ERROR', error: 'gone', 'otel.dropped_events_count': '2', 'service.version': '7', 'telemetry.sdk.name': 'x', 'w3c.tracestate': 'a=1' },
  });
  assert.deepEqual(span, {
    traceId: IDS.traceId,
    spanId: IDS.id,
    parentSpanId: '00000000000000ff',
    traceState: 'a=1',
    name: 'get /cart',
    kind: 'client',
    startUnixNano: '1795000000000001000',
    endUnixNano: '1795000000001501000',
    status: { code: 'error', message: 'gone' },
    attributes: { 'http.method': 'GET', 'network.local.address': '10.0.0.1', 'network.local.port': 8080, 'peer.service': 'stock', 'network.peer.address': '::1', 'network.peer.port': 9090 },
    events: [{ timeUnixNano: '1795000000000002000', name: 'retried', attributes: {} }, { timeUnixNano: '1795000000000003000', name: 'exception', attributes: { type: 'E', count: 2 } }],
    links: [],
    resource: { 'service.name': 'cart', 'service.version': '7', 'telemetry.sdk.name': 'x' },
    scope: { name: 'lib', version: '1' },
    droppedEventsCount: 2,
  });
});

const STATUSES: readonly [rule: string, tags: Record<string, string>, status: object, left: readonly string[]][] = [
  ['no tag', {}, { code: 'unset' }, []],
  ['error, which says nothing more', { error: 'true' }, { code: 'error' }, []],
  ['error, with what happened', { error: 'timeout' }, { code: 'error', message: 'timeout' }, []],
  ['error without a text', { error: '' }, { code: 'error' }, []],
  ['error that is none', { error: 'false' }, { code: 'unset' }, ['error']],
  ['OpenTelemetry’s code', { 'otel.status_code': 'OK' }, { code: 'ok' }, []],
];
for (const [rule, tags, status, left] of STATUSES) {
  test(`the status of a span with ${rule}`, () => {
    const span = only({ tags });
    assert.deepEqual([span?.status, Object.keys(span?.attributes ?? {}).filter((key) => key !== 'otel.zipkin.absentField.startTime')], [status, left]);
  });
}

test('both halves of a span that share its id are kept', () => {
  const { spans } = decode([{ ...IDS, kind: 'CLIENT', timestamp: 10 }, { ...IDS, kind: 'SERVER', shared: true, timestamp: 12 }]);
  assert.deepEqual(spans.map((s) => [s.spanId, s.kind, s.startUnixNano]), [[IDS.id, 'client', '10000'], [IDS.id, 'server', '12000']]);
});
test('short trace ids get their zeros, in lower case', () => {
  assert.equal(only({ traceId: 'ABCDEF0123456789' })?.traceId, '0000000000000000abcdef0123456789');
});
test('a fraction of a microsecond is kept', () => {
  assert.deepEqual([only({ timestamp: 1.5, duration: 0.25 })?.startUnixNano, only({ timestamp: 1.5, duration: 0.25 })?.endUnixNano], ['1500', '1750']);
});
test('a span without a time starts at its first annotation, else now, and says so', () => {
  const [annotated, bare] = decode([{ ...IDS, annotations: [{ timestamp: 7, value: 'b' }, { timestamp: 5, value: 'a' }] }, IDS]).spans;
  assert.deepEqual([annotated?.startUnixNano, bare?.startUnixNano], ['5000', `${NOW}000`]);
  assert.equal(bare?.attributes['otel.zipkin.absentField.startTime'], true);
});
test('spans of one service share their resource', () => {
  const { spans } = decode([1, 2].map((n) => ({ ...IDS, id: `000000000000000${n}`, localEndpoint: { serviceName: 'a' } })));
  assert.equal(spans[0]?.resource, spans[1]?.resource);
});
const NAMED: readonly [exporter: string, value: string][] = [
  ['JavaScript', '{"exc":{"type":"E","count":2}}'],
  ['the specification', '"exc": {"type":"E","count":2}'],
  ['Java', '"exc":{"type":"E","count":2}'],
  ['Go', 'exc: {"type":"E","count":2}'],
  ['the Collector', 'exc|{"type":"E","count":2}|0'],
];
for (const [exporter, value] of NAMED) {
  test(`an event with attributes as ${exporter} writes it`, () => {
    assert.deepEqual(only({ annotations: [{ timestamp: 1, value }] })?.events, [{ timeUnixNano: '1000', name: 'exc', attributes: { type: 'E', count: 2 } }]);
  });
}
test('the Collector says how many attributes of an event were dropped', () => {
  assert.deepEqual(only({ annotations: [{ timestamp: 1, value: 'a: b|{}|3' }] })?.events, [{ timeUnixNano: '1000', name: 'a: b', attributes: {}, droppedAttributesCount: 3 }]);
});
test('an annotation that only looks like JSON is its own name', () => {
  for (const value of ['{x}', '{"a":1}', '{"a":{},"b":{}}', '{"a":{"b":[1]}}', '[1]', 'a: {x}', 'a: {"b":null}', '"a\\": {}', 'a|{}', 'a: {}|1', ': {}']) assert.deepEqual(only({ annotations: [{ timestamp: 1, value }] })?.events[0]?.name, value);
});
test('spans without valid ids are rejected alone', () => {
  const { spans, rejected, reasons } = decode([{ ...IDS, id: 'x' }, { ...IDS, traceId: '0' }, { ...IDS, parentId: 'abc' }, IDS]);
  assert.deepEqual([spans.length, rejected, [...reasons.keys()].length], [1, 3, 3]);
});

const MALFORMED: readonly [rule: string, body: unknown, message: RegExp][] = [
  ['no JSON', '[', /^not JSON: /],
  ['no list', '{}', /a Zipkin request is a list of spans/],
  ['a number for a span', [1], /^\[0\]: it should be an object/],
  ['a name that is a number', [IDS, { ...IDS, name: 1 }], /^\[1\]: name should be a string/],
  ['a time before 1970', [{ ...IDS, timestamp: -1 }], /timestamp should be a number of microseconds/],
  ['a tag that is a list', [{ ...IDS, tags: { a: [] } }], /the tag a should be a string/],
];
for (const [rule, body, message] of MALFORMED) {
  test(`a request with ${rule} is malformed, and the error says where`, () => {
    assert.throws(() => decode(body), (error) => error instanceof OtlpDecodeError && (assert.match(error.message, message), true));
  });
}

test('whatever comes in, there are spans or an OtlpDecodeError', () => {
  const span = fc.record({ traceId: fc.oneof(fc.constant(IDS.traceId), fc.jsonValue()), id: fc.oneof(fc.constant(IDS.id), fc.jsonValue()), ...Object.fromEntries(['parentId', 'name', 'kind', 'timestamp', 'duration', 'localEndpoint', 'remoteEndpoint', 'annotations', 'tags'].map((field) => [field, fc.jsonValue()])) }, { requiredKeys: ['traceId', 'id'] });
  fc.assert(
    fc.property(fc.array(fc.oneof(span, fc.jsonValue())), (list) => {
      try {
        decode(list);
      } catch (error) {
        assert.ok(error instanceof OtlpDecodeError, String(error));
      }
    }),
    { numRuns: 1000, interruptAfterTimeLimit: 1500 },
  );
});
