import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { readBareSamplingDecision, readTraceContext, writeTraceContext } from './trace-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

test('traceparent is read with its sampling flag', () => {
  assert.deepEqual(readTraceContext({ traceparent: `00-${TRACE}-${SPAN}-01` }), { traceId: TRACE, spanId: SPAN, sampled: true });
  assert.deepEqual(readTraceContext({ traceparent: `00-${TRACE}-${SPAN}-02` }), { traceId: TRACE, spanId: SPAN, sampled: false });
});
test('a later version of traceparent may carry more; version 00 may not, and ff is none', () => {
  assert.equal(readTraceContext({ traceparent: `01-${TRACE}-${SPAN}-01-what-else` })?.traceId, TRACE);
  assert.equal(readTraceContext({ traceparent: `00-${TRACE}-${SPAN}-01-what-else` }), undefined);
  assert.equal(readTraceContext({ traceparent: `ff-${TRACE}-${SPAN}-01` }), undefined);
});
for (const bad of ['', 'x', `00-${'0'.repeat(32)}-${SPAN}-01`, `00-${TRACE}-${'0'.repeat(16)}-01`, `00-${TRACE.toUpperCase()}-${SPAN}-01`, `00-${TRACE}-${SPAN}`]) {
  test(`"${bad}" is no context: a new trace begins`, () => assert.equal(readTraceContext({ traceparent: bad }), undefined));
}
test('B3 in one header is read; a short trace id is filled up', () => {
  assert.deepEqual(readTraceContext({ b3: `${TRACE}-${SPAN}-1` }), { traceId: TRACE, spanId: SPAN, sampled: true });
  assert.deepEqual(readTraceContext({ b3: `${SPAN}-${SPAN}-0` }), { traceId: '0'.repeat(16) + SPAN, spanId: SPAN, sampled: false });
});
test('B3 in several headers is read, without a decision as sampled', () => {
  assert.deepEqual(readTraceContext({ 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN }), { traceId: TRACE, spanId: SPAN, sampled: true });
  assert.equal(readTraceContext({ 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-sampled': '0' })?.sampled, false);
});
test('traceparent wins over B3', () => {
  assert.equal(readTraceContext({ traceparent: `00-${TRACE}-${SPAN}-01`, b3: `${'1'.repeat(32)}-${SPAN}-1` })?.traceId, TRACE);
});
test('a decision without ids is heeded', () => {
  assert.equal(readBareSamplingDecision({ b3: '0' }), false);
  assert.equal(readBareSamplingDecision({ b3: 'd' }), true);
  assert.equal(readBareSamplingDecision({ 'x-b3-sampled': 'false' }), false);
  assert.equal(readBareSamplingDecision({ 'x-b3-flags': '1' }), true);
  assert.equal(readBareSamplingDecision({}), undefined);
});
test('B3 is written only in the form the caller used', () => {
  const context = { traceId: TRACE, spanId: SPAN, sampled: true };
  const none: Record<string, string> = {};
  writeTraceContext(none, context);
  assert.deepEqual(none, { traceparent: `00-${TRACE}-${SPAN}-01` });
  const single: Record<string, string> = { b3: 'x' };
  writeTraceContext(single, context);
  assert.equal(single['b3'], `${TRACE}-${SPAN}-1`);
  assert.equal(single['x-b3-traceid'], undefined);
});
test('what is written is read back, for any ids', () => {
  const hex = (length: number): fc.Arbitrary<string> => fc.string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), minLength: length, maxLength: length }).filter((s) => !/^0+$/.test(s));
  fc.assert(
    fc.property(hex(32), hex(16), fc.boolean(), (traceId, spanId, sampled) => {
      const headers = {};
      writeTraceContext(headers, { traceId, spanId, sampled });
      assert.deepEqual(readTraceContext(headers), { traceId, spanId, sampled });
    }),
  );
});
test('no header text makes it fail', () => {
  fc.assert(fc.property(fc.string(), fc.string(), (a, b) => void readTraceContext({ traceparent: a, b3: b, 'x-b3-traceid': a, 'x-b3-spanid': b })));
});
