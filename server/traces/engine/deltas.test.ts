import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { questionsOver, selecting } from '#server/traces/testing/questions-over.ts';
import type { Span } from '#server/traces/trace-backend.ts';

/** Slow spans go to the second version and carry a retry; every span has an id of its own and a constant. */
const SPANS: readonly Span[] = Array.from({ length: 100 }, (_, i) => {
  const slow = i < 40;
  return aSpan({
    traceId: traceId(i + 1),
    spanId: spanId(i + 1),
    start: i,
    duration: slow ? 1000 : 10,
    attributes: { version: slow && i % 4 !== 0 ? 'v2' : 'v1', 'http.route': slow ? '/a' : '/b', unique: `u${i}`, request_id: 'same', constant: 1, ...(slow ? { retried: true } : {}), ...(i < 4 ? { rare: i } : {}) },
  });
});
const slow = { of: 'spans', minDurationNano: '100' } as const;

test('fields are ranked by how much the shares of their values differ', async () => {
  const { inside, outside, attributes, exact } = await questionsOver(SPANS).deltas({ ...selecting('{ }'), region: slow, limit: 3 });
  assert.deepEqual([inside, outside, exact], [40, 60, true]);
  assert.deepEqual(attributes.map((a) => [a.field, Number(a.score.toFixed(2))]), [['span.http.route', 1.1], ['span.retried', 1], ['span.version', 0.75]]);
  assert.deepEqual(attributes[2]?.values, [{ value: 'v2', inside: 0.75, outside: 0 }, { value: 'v1', inside: 0.25, outside: 1 }]);
  assert.deepEqual(attributes[1]?.present, { inside: 40, outside: 0 });
});

test('ids, constants, and keys that few or nearly all different values have are left out', async () => {
  const { attributes } = await questionsOver(SPANS).deltas({ ...selecting('{ }'), region: slow, limit: 100 });
  const fields = attributes.map((a) => a.field);
  for (const hidden of ['span.unique', 'span.request_id', 'span.constant', 'span.rare']) assert.ok(!fields.includes(hidden), hidden);
});

test('a region of traces takes all spans of the traces in it', async () => {
  const spans = [aSpan({ traceId: traceId(1), start: 0, duration: 500 }), aSpan({ traceId: traceId(1), start: 1, duration: 1 }), aSpan({ traceId: traceId(2), start: 0, duration: 5 })];
  const { inside, outside } = await questionsOver(spans).deltas({ ...selecting('{ }'), region: { of: 'traces', minDurationNano: '500', maxDurationNano: '500', fromUnixNano: '0', toUnixNano: '0' }, limit: 1 });
  assert.deepEqual([inside, outside], [2, 1]);
});

test('of many spans a sample is compared, the same each time, and the answer says so', async () => {
  const many = Array.from({ length: 3000 }, (_, i) => aSpan({ traceId: traceId(1 + (i % 50)), spanId: spanId(i + 1), start: i, duration: i < 2000 ? 1000 : 10, attributes: { version: i < 2000 ? 'v2' : 'v1' } }));
  const request = { ...selecting('{ }'), region: slow, limit: 5 };
  const first = await questionsOver(many).deltas(request);
  assert.deepEqual([first.inside, first.outside, first.exact], [2000, 1000, false]);
  const [, inside = '', outside = ''] = /^Compared are (\d+) of the 2000 spans inside with (\d+) of the 1000 outside, chosen by the ids of their traces\.$/.exec(first.notes[0] ?? '') ?? [];
  // About 500 of each are wanted.
  for (const sampled of [inside, outside]) assert.ok(Math.abs(Number(sampled) - 500) < 80, sampled);
  assert.deepEqual(first.attributes[0]?.present, { inside: Number(inside), outside: Number(outside) });
  assert.deepEqual(await questionsOver(many.toReversed()).deltas(request), first);
});
