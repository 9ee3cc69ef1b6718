import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aSpan, spanId, traceId } from '../testing/a-span.ts';
import { spansOfUiTrace, UiTraceJson } from './from-ui-model.ts';
import { uiTrace } from './ui-model.ts';

const ID = traceId(0xabc);

test('what the model holds of a span comes back out of it', () => {
  const spans = [
    aSpan({
      traceId: ID,
      spanId: spanId(2),
      parentSpanId: spanId(1),
      kind: 'client',
      start: 1_795_000_000_123_456_000n,
      duration: 7000,
      traceState: 'a=b',
      scope: { name: 'lib', version: '1' },
      status: { code: 'error', message: 'no' },
      attributes: { big: '9223372036854775807', bytes: 'AAE=', double: 4, flag: true, half: 0.5, n: 1, text: 'x' },
      valueTypes: { '/attributes/big': 'int', '/attributes/bytes': 'bytes', '/attributes/double': 'double' },
      resource: { 'service.name': 'shop', pod: 'p' },
      events: [{ timeUnixNano: '1795000000123457000', name: 'e', attributes: { a: 1 } }],
      links: [{ traceId: traceId(5), spanId: spanId(6), attributes: { 'opentracing.ref_type': 'follows_from' } }],
    }),
    aSpan({ traceId: ID, spanId: spanId(1), status: { code: 'ok' }, start: 1000, duration: 1000 }),
    aSpan({ traceId: ID, spanId: spanId(3), start: 1000, duration: 1000, attributes: { error: false } }),
  ];
  const json = UiTraceJson.parse(JSON.parse(JSON.stringify(uiTrace({ traceId: ID, spans, warnings: [] }))));
  assert.deepEqual(spansOfUiTrace(json), spans);
});

test('traces of old clients are read too: short ids, an error tag alone, a parent beside the references, a process in the span', () => {
  const json = UiTraceJson.parse({
    spans: [
      { traceID: 'ABC', spanID: '2', parentSpanID: '1', operationName: 'op', references: null, startTime: 5, duration: 1, tags: [{ key: 'error', type: 'string', value: 'true' }, { key: 'span.kind', type: 'string', value: 'SERVER' }], logs: null, process: { serviceName: 'old', tags: null } },
      { traceID: 'abc', spanID: '3', references: [{ refType: 'FOLLOWS_FROM', traceID: 'abc', spanID: '2' }], startTime: 6, tags: [] },
    ],
  });
  const [first, second] = spansOfUiTrace(json);
  assert.deepEqual([first?.traceId, first?.spanId, first?.parentSpanId, first?.kind, first?.status, first?.attributes, first?.resource], [ID, spanId(2), spanId(1), 'server', { code: 'error' }, {}, { 'service.name': 'old' }]);
  assert.deepEqual([second?.parentSpanId, second?.links, second?.resource], [spanId(2), [], {}]);
});
