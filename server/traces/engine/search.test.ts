import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { questionsOver, selecting } from '#server/traces/testing/questions-over.ts';
import type { SearchRequest, TraceSort } from '#server/traces/trace-questions.ts';
import { createQuestions } from './create-questions.ts';
import { memorySource } from './memory-source.ts';

/** Trace 1: long, old, one error; trace 2: short, new, two spans more; trace 3: between. */
const SPANS = [
  aSpan({ traceId: traceId(1), spanId: spanId(1), start: 100, duration: 900, service: 'shop', name: 'b', status: { code: 'error' } }),
  aSpan({ traceId: traceId(2), spanId: spanId(2), start: 300, duration: 10, service: 'shop', name: 'a' }),
  aSpan({ traceId: traceId(2), spanId: spanId(3), parentSpanId: spanId(2), start: 301, duration: 5, service: 'cart', name: 'get', kind: 'client', attributes: { k: 1 } }),
  aSpan({ traceId: traceId(2), spanId: spanId(4), parentSpanId: spanId(2), start: 302, duration: 5, service: 'cart', name: 'get', attributes: { k: 2, list: ['x', 1] } }),
  aSpan({ traceId: traceId(3), spanId: spanId(5), parentSpanId: spanId(77), start: 200, duration: 40, service: 'pay', name: 'c' }),
];
const questions = questionsOver(SPANS);
const asked = (q: string, more: Partial<SearchRequest> = {}): SearchRequest => ({ ...selecting(q), sort: 'newest', limit: 10, offset: 0, spansPerTrace: 3, ...more });
const ids = async (request: SearchRequest): Promise<number[]> => (await questions.search(request)).traces.map((t) => Number(`0x${t.traceId}`));

const ORDERS: readonly [TraceSort, number[]][] = [
  ['newest', [2, 3, 1]],
  ['oldest', [1, 3, 2]],
  ['longest', [1, 3, 2]],
  ['shortest', [2, 3, 1]],
  ['most-spans', [2, 3, 1]],
  ['fewest-spans', [3, 1, 2]],
  ['most-errors', [1, 2, 3]],
  ['fewest-errors', [2, 3, 1]],
  ['name', [3, 2, 1]],
  ['sample', [1, 2, 3]],
];
for (const [sort, order] of ORDERS) {
  test(`sorted by ${sort}, ties by newest; every page is a part of that`, async () => {
    assert.deepEqual(await ids(asked('{ }', { sort })), order);
    for (let offset = 0; offset < 4; offset++) assert.deepEqual(await ids(asked('{ }', { sort, limit: 1, offset })), order.slice(offset, offset + 1));
  });
}

test('totals are of all matches, whatever page is asked for', async () => {
  for (const [limit, offset] of [[0, 0], [1, 0], [1, 2], [5, 500]] as const) {
    const { totalTraces, totalSpans, exact } = await questions.search(asked('{ name = "get" || name = "c" }', { limit, offset }));
    assert.deepEqual([totalTraces, totalSpans, exact], [2, 3, true]);
  }
});

test('a page far behind the first comes with its rows too', async () => {
  const many = questionsOver(Array.from({ length: 300 }, (_, i) => aSpan({ traceId: traceId(i + 1), start: i })));
  const { traces } = await many.search(asked('{ }', { limit: 2, offset: 250, sort: 'oldest' }));
  assert.deepEqual(traces.map((t) => [Number(`0x${t.traceId}`), t.spanSets[0]?.spans.length]), [[251, 1], [252, 1]]);
});

test('a trace whose first span comes after the page was settled keeps its row: roots end last, so they come last', async () => {
  const before = memorySource([buildSegment(SPANS)]);
  const after = memorySource([buildSegment([...SPANS, aSpan({ traceId: traceId(3), spanId: spanId(77), start: 50, duration: 500, service: 'front', name: 'root' })])]);
  let looks = 0;
  const growing = createQuestions(async () => ({ source: { ...before, fanOut: (task, options) => (looks++ === 0 ? before : after).fanOut(task, options) }, exact: true, notes: [] }));
  const { traces } = await growing.search(asked('{ name = "c" }'));
  assert.deepEqual(traces.map((t) => [Number(`0x${t.traceId}`), t.rootName, t.startUnixNano, t.spanCount]), [[3, 'root', '50', 2]]);
});

test('a hit has the summary of its trace and its matching spans with what was asked of them', async () => {
  const { traces } = await questions.search(asked('{ span.k > 0 } | select(span.list)', { columns: [{ kind: 'attribute', scope: 'span', key: 'k' }, { kind: 'intrinsic', name: 'span:kind' }], spansPerTrace: 5 }));
  const [hit] = traces;
  assert.equal(traces.length, 1);
  assert.deepEqual(
    [hit?.rootService, hit?.rootName, hit?.startUnixNano, hit?.durationNano, hit?.spanCount, hit?.errorCount, hit?.incomplete, hit?.matched],
    ['shop', 'a', '300', '10', 3, 0, false, 2],
  );
  assert.deepEqual(hit?.services, [{ name: 'cart', spanCount: 2, errorCount: 0 }, { name: 'shop', spanCount: 1, errorCount: 0 }]);
  assert.deepEqual(
    hit?.spanSets[0]?.spans.map((s) => [s.spanId, s.service, s.durationNano, s.attributes]),
    [
      [spanId(3), 'cart', '5', { 'span.k': 1, 'span:kind': 'client' }],
      [spanId(4), 'cart', '5', { 'span.k': 2, 'span:kind': 'internal', 'span.list': ['x', 1] }],
    ],
  );
});

test('no more spans are given than asked for, and all are counted', async () => {
  const { traces } = await questions.search(asked('{ }', { spansPerTrace: 1, limit: 1 }));
  assert.deepEqual([traces[0]?.matched, traces[0]?.spanSets[0]?.matched, traces[0]?.spanSets[0]?.spans.length], [3, 3, 1]);
});

test('only spans that start in the range count, both ends inclusive', async () => {
  const { totalTraces, totalSpans, traces } = await questions.search(asked('{ }', selecting('{ }', { from: 200n, to: 301n })));
  assert.deepEqual([totalTraces, totalSpans, traces.map((t) => t.matched)], [2, 3, [2, 1]]);
});

test('a trace whose root is missing is named by the earliest span it has, and is incomplete', async () => {
  const [hit] = (await questions.search(asked('{ name = "c" }'))).traces;
  assert.deepEqual([hit?.rootService, hit?.rootName, hit?.incomplete], ['pay', 'c', true]);
});

test('times that no number holds exactly are compared exactly', async () => {
  const far = 2n ** 62n;
  const wide = questionsOver([aSpan({ traceId: traceId(1), start: far }), aSpan({ traceId: traceId(2), start: far + 1n }), aSpan({ traceId: traceId(3), start: 5 })]);
  const found = await wide.search({ ...asked('{ }'), ...selecting('{ }', { from: far + 1n }) });
  assert.deepEqual(found.traces.map((t) => t.startUnixNano), [String(far + 1n)]);
  const all = await wide.search(asked('{ }', { sort: 'oldest' }));
  assert.deepEqual(all.traces.map((t) => t.startUnixNano), ['5', String(far), String(far + 1n)]);
});

test('a search that was given up rejects with the reason', async () => {
  const gone = AbortSignal.abort(new Error('the page was left'));
  await assert.rejects(questions.search(asked('{ }'), gone), /the page was left/);
});

test('sets of a pipeline come with what they were divided and measured by', async () => {
  const { traces, totalSpans } = await questions.search(asked('{ } | by(resource.service.name) | count() > 1'));
  assert.deepEqual(traces.map((t) => t.spanSets.map((s) => [s.attributes, s.matched])), [[[{ 'by(resource.service.name)': 'cart', 'count()': 2 }, 2]]]);
  assert.equal(totalSpans, 2);
});
