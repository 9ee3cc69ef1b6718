import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aSpan, spanId, traceId } from '../testing/a-span.ts';
import { uiTrace } from './ui-model.ts';

const ID = '0af7651916cd43dd8448eb211c80319c';

test('a span of OTLP in the model of Jaeger: kind, status, scope and trace state are tags', () => {
  const span = aSpan({
    traceId: ID,
    spanId: spanId(2),
    parentSpanId: spanId(1),
    service: 'shop',
    name: 'GET /',
    kind: 'server',
    start: 1_000_001_999n,
    duration: 2999,
    traceState: 'a=b',
    scope: { name: 'lib', version: '1.2' },
    status: { code: 'error', message: 'no' },
    attributes: { text: 'x', flag: false, whole: 3, half: 0.5, 'whole.double': 4, 'a/b~': 7, big: '9223372036854775807', bytes: 'AAE=', list: ['a', 1], none: null },
    resource: { 'service.name': 'shop', pod: 'p-1', cores: 2 },
    valueTypes: { '/attributes/whole.double': 'double', '/attributes/a~1b~0': 'double', '/attributes/big': 'int', '/attributes/bytes': 'bytes' },
    events: [
      { timeUnixNano: '1000002500', name: 'exception', attributes: { b: 1, a: true } },
      { timeUnixNano: '1000003000', name: 'named twice', attributes: { event: 'given' } },
    ],
    links: [
      { traceId: traceId(7), spanId: spanId(9), attributes: { 'opentracing.ref_type': 'child_of' } },
      { traceId: traceId(8), spanId: spanId(9), attributes: {} },
    ],
  });
  const trace = uiTrace({ traceId: ID, spans: [aSpan({ traceId: ID, spanId: spanId(1), service: 'shop', resource: span.resource }), span], warnings: [] });
  assert.deepEqual(trace.processes, { p1: { serviceName: 'shop', tags: [{ key: 'cores', type: 'int64', value: 2 }, { key: 'pod', type: 'string', value: 'p-1' }] } });
  assert.deepEqual(trace.spans[1], {
    traceID: ID,
    spanID: '0000000000000002',
    operationName: 'GET /',
    references: [
      { refType: 'CHILD_OF', traceID: ID, spanID: '0000000000000001' },
      { refType: 'CHILD_OF', traceID: '0000000000000007', spanID: '0000000000000009' },
      { refType: 'FOLLOWS_FROM', traceID: '0000000000000008', spanID: '0000000000000009' },
    ],
    startTime: 1_000_001,
    duration: 2,
    tags: [
      { key: 'otel.scope.name', type: 'string', value: 'lib' },
      { key: 'otel.scope.version', type: 'string', value: '1.2' },
      { key: 'a/b~', type: 'float64', value: 7 },
      { key: 'big', type: 'int64', value: '9223372036854775807' },
      { key: 'bytes', type: 'binary', value: 'AAE=' },
      { key: 'flag', type: 'bool', value: false },
      { key: 'half', type: 'float64', value: 0.5 },
      { key: 'list', type: 'string', value: '["a",1]' },
      { key: 'none', type: 'string', value: '' },
      { key: 'text', type: 'string', value: 'x' },
      { key: 'whole', type: 'int64', value: 3 },
      { key: 'whole.double', type: 'float64', value: 4 },
      { key: 'span.kind', type: 'string', value: 'server' },
      { key: 'otel.status_code', type: 'string', value: 'ERROR' },
      { key: 'error', type: 'bool', value: true },
      { key: 'otel.status_description', type: 'string', value: 'no' },
      { key: 'w3c.tracestate', type: 'string', value: 'a=b' },
    ],
    logs: [
      { timestamp: 1_000_002, fields: [{ key: 'event', type: 'string', value: 'exception' }, { key: 'a', type: 'bool', value: true }, { key: 'b', type: 'int64', value: 1 }] },
      { timestamp: 1_000_003, fields: [{ key: 'event', type: 'string', value: 'given' }] },
    ],
    processID: 'p1',
    warnings: null,
  });
});

test('equal processes are one, others are told apart', () => {
  const spans = [aSpan({ service: 'a' }), aSpan({ service: 'a' }), aSpan({ service: 'b' }), aSpan({ resource: {} })];
  const { processes, spans: out } = uiTrace({ traceId: ID, spans, warnings: [] });
  assert.deepEqual(Object.values(processes).map((p) => p.serviceName), ['a', 'b', 'unknown_service']);
  assert.deepEqual(out.map((s) => s.processID), ['p1', 'p1', 'p2', 'p3']);
});

test('a parent that is missing, an id used twice and an end before the start are told, not hidden', () => {
  const spans = [aSpan({ spanId: spanId(1), parentSpanId: spanId(99) }), aSpan({ spanId: spanId(2), start: 10, duration: -5 }), aSpan({ spanId: spanId(2) })];
  const told = uiTrace({ traceId: ID, spans, warnings: ['incomplete'] });
  assert.deepEqual(told.warnings, ['incomplete']);
  assert.match(told.spans[0]?.warnings?.[0] ?? '', /^parent span ID=0000000000000063 is not in the trace/);
  assert.match(told.spans[1]?.warnings?.[0] ?? '', /^duplicate span IDs/);
  assert.equal(told.spans[1]?.duration, 0);
  const raw = uiTrace({ traceId: ID, spans, warnings: ['incomplete'] }, { raw: true });
  assert.deepEqual([raw.warnings, raw.spans[0]?.warnings], [null, null]);
});

test('the called half of a call that shares its id gets an id of its own, and the children; raw it is as it was sent', () => {
  const half = (kind: 'client' | 'server') => aSpan({ traceId: ID, spanId: spanId(5), parentSpanId: spanId(1), kind });
  const spans = [aSpan({ traceId: ID, spanId: spanId(1) }), half('client'), half('server'), aSpan({ traceId: ID, spanId: spanId(2), parentSpanId: spanId(5) })];
  const shown = (raw: boolean) => uiTrace({ traceId: ID, spans, warnings: [] }, { raw }).spans.map((s) => [s.spanID, s.references[0]?.spanID, s.warnings]);
  assert.deepEqual(shown(false), [[spanId(1), undefined, null], [spanId(5), spanId(1), null], [spanId(3), spanId(5), null], [spanId(2), spanId(3), null]]);
  assert.deepEqual(shown(true), [[spanId(1), undefined, null], [spanId(5), spanId(1), null], [spanId(5), spanId(1), null], [spanId(2), spanId(5), null]]);
});

test('a link to the parent says of what kind the one reference to it is', () => {
  const span = aSpan({ traceId: ID, parentSpanId: spanId(1), links: [{ traceId: ID, spanId: spanId(1), attributes: {} }] });
  assert.deepEqual(uiTrace({ traceId: ID, spans: [span], warnings: [] }).spans[0]?.references, [{ refType: 'FOLLOWS_FROM', traceID: ID, spanID: spanId(1) }]);
});
