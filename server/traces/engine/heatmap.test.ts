import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { questionsOver, selecting } from '#server/traces/testing/questions-over.ts';
import { fineBucket, fineEdge } from './heatmap.ts';

test('a step of the fine scale begins at its edge and ends before the next, over all durations', () => {
  for (let fine = 1; fine < 1024; fine++) {
    assert.equal(fineBucket(fineEdge(fine)), fine);
    assert.ok(fineEdge(fine + 1) > fineEdge(fine));
  }
  for (const duration of [0, 1, 2, 3, 15, 16, 17, 999, 1_000_000, 123_456_789, 2 ** 53 - 1]) {
    const fine = fineBucket(duration);
    assert.ok(fineEdge(fine) <= duration && duration < fineEdge(fine + 1), `${duration} in step ${fine}`);
  }
  assert.equal(fineBucket(-5), 0);
});

const SPANS = [
  aSpan({ traceId: traceId(1), spanId: spanId(1), start: 0, duration: 1000 }),
  aSpan({ traceId: traceId(1), spanId: spanId(2), parentSpanId: spanId(1), start: 40, duration: 10, status: { code: 'error' } }),
  aSpan({ traceId: traceId(2), spanId: spanId(3), start: 99, duration: 1_000_000 }),
];
const questions = questionsOver(SPANS);
const range = { from: 0n, to: 99n };

test('each trace counts once, at its start and duration, with its errors', async () => {
  const map = await questions.heatmap({ ...selecting('{ }', range), of: 'traces', timeBuckets: 3, durationBuckets: 4 });
  assert.deepEqual(map.timeEdges, ['0', '33', '66', '99']);
  assert.deepEqual(map.cells.map((c) => [c.time, c.count, c.errors]), [[0, 1, 1], [2, 1, 0]]);
  assert.equal(map.total, 2);
});

test('spans count each by itself; bounds of cells hold what is in them', async () => {
  const map = await questions.heatmap({ ...selecting('{ }', range), of: 'spans', timeBuckets: 3, durationBuckets: 10 });
  assert.equal(map.total, 3);
  assert.equal(map.durationEdges[0], 0);
  assert.ok(map.durationEdges.length <= 11);
  const bounds = map.cells.map(({ duration }) => [map.durationEdges[duration] ?? NaN, map.durationEdges[duration + 1] ?? NaN]);
  for (const [i, duration] of [1000, 10, 1_000_000].entries()) assert.ok((bounds[i]?.[0] ?? NaN) <= duration && duration < (bounds[i]?.[1] ?? NaN), `${duration} in ${String(bounds[i])}`);
});

test('a trace that began before the range counts in its first column', async () => {
  const map = await questions.heatmap({ ...selecting('{ status = error }', { from: 30n, to: 60n }), of: 'traces', timeBuckets: 2, durationBuckets: 2 });
  assert.deepEqual(map.cells, [{ time: 0, duration: 0, count: 1, errors: 1 }]);
});

test('nothing found is a map without cells, and a moment is a range', async () => {
  const empty = await questions.heatmap({ ...selecting('{ name = "no" }', range), of: 'spans', timeBuckets: 2, durationBuckets: 2 });
  assert.deepEqual([empty.cells, empty.total, empty.durationEdges.length > 1], [[], 0, true]);
  const moment = await questions.heatmap({ ...selecting('{ }', { from: 40n, to: 40n }), of: 'spans', timeBuckets: 5, durationBuckets: 2 });
  assert.equal(moment.total, 1);
});
