import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aSpan, spanId } from '#server/traces/testing/a-span.ts';
import { summarizeTrace } from './summarize-trace.ts';

test('a summary names the earliest span without a parent, counts errors and lists services by name', () => {
  const summary = summarizeTrace([
    aSpan({ service: 'b', parentSpanId: spanId(1), start: 15, duration: 100, status: { code: 'error' } }),
    aSpan({ service: 'a', spanId: spanId(1), name: 'GET /', start: 10, duration: 50 }),
    aSpan({ service: 'b', name: 'other root', start: 12 }),
  ]);
  assert.deepEqual(summary, {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    rootService: 'a',
    rootName: 'GET /',
    startUnixNano: '10',
    durationNano: '105',
    spanCount: 3,
    errorCount: 1,
    services: [{ name: 'a', spanCount: 1, errorCount: 0 }, { name: 'b', spanCount: 2, errorCount: 1 }],
    incomplete: false,
  });
});

test('without a root, the earliest span whose parent is missing stands in, and the trace is incomplete', () => {
  const summary = summarizeTrace([aSpan({ parentSpanId: spanId(7), name: 'seen', start: 5 }), aSpan({ parentSpanId: spanId(8), name: 'later', start: 6 })]);
  assert.equal(summary?.rootName, 'seen');
  assert.equal(summary?.incomplete, true);
});

test('a span that ends before it starts does not shorten the trace', () => {
  assert.equal(summarizeTrace([aSpan({ start: 100, duration: -50 })])?.durationNano, '0');
});

test('no spans have no summary', () => assert.equal(summarizeTrace([]), undefined));
