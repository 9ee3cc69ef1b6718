import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Head } from '#server/timeseries/head.ts';
import { runExplain } from './explain.ts';

function loaded(): Head {
  const head = new Head();
  for (let i = 0; i <= 10; i++) {
    for (const [job, pace] of [['a', 1], ['b', 2]] as const) head.append({ __name__: 'req_total', job }, i * 60_000, i * pace);
  }
  return head;
}

test('each part of a query tells its series, samples and time, in the order of the tree', () => {
  let now = 0;
  const parts = runExplain(loaded(), 'sum(rate(req_total[5m])) / 2 > req_total{job="a"} @ 60', { start: 300_000, end: 600_000, step: 60_000 }, { now: () => now++ });
  assert.deepEqual(
    parts.map(({ parent, text, kind, series, samples }) => [parent, text, kind, series, samples]),
    [
      [-1, 'sum(rate(req_total[5m])) / 2 > req_total{job="a"} @ 60.000', 'binary', 0, 0],
      [0, 'sum(rate(req_total[5m])) / 2', 'binary', 1, 6],
      [1, 'sum(rate(req_total[5m]))', 'aggregate', 1, 6],
      [2, 'rate(req_total[5m])', 'call', 2, 12],
      [3, 'req_total[5m]', 'matrix-selector', 2, 20],
      [0, 'req_total{job="a"} @ 60.000', 'vector-selector', 1, 6],
    ],
  );
  for (const { parent, milliseconds } of parts) {
    assert.ok(milliseconds > 0);
    if (parent >= 0) assert.ok(milliseconds < (parts[parent]?.milliseconds ?? 0), 'a part takes no longer than what it belongs to');
  }
});

test('a part says where it stands in the query, however that was written', () => {
  const query = 'sum(\n  rate( req_total [5m])\n) by (job)';
  const parts = runExplain(loaded(), query, { start: 300_000, end: 300_000, step: 0 }, { now: () => 0 });
  assert.deepEqual(parts.map(({ span }) => query.slice(span.start, span.end)), [query, 'rate( req_total [5m])', 'req_total [5m]']);
});

test('a subquery and an instant query are explained too', () => {
  const parts = runExplain(loaded(), 'max_over_time(rate(req_total[2m])[5m:1m])', { start: 600_000, end: 600_000, step: 0 }, { now: () => 0 });
  assert.deepEqual(parts.map(({ parent, kind, series, samples }) => [parent, kind, series, samples]), [
    [-1, 'call', 2, 2],
    [0, 'subquery', 2, 10],
    [1, 'call', 2, 10],
    [2, 'matrix-selector', 2, 12],
  ]);
});
