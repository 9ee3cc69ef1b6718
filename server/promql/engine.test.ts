import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Head } from '#server/timeseries/head.ts';
import { createEmbeddedMetricsBackend } from './embedded-metrics-backend.ts';
import { runInstantQuery, runRangeQuery } from './engine.ts';
import { QueryError } from './metrics-backend.ts';
import { runScript } from './testing/script-runner.ts';

/** Cases in the language of Prometheus' scripts, so that they read like the reference's. */
function assertScript(script: string): void {
  const failures = runScript(script).flatMap((one) => (one.failure === undefined ? [] : [`${one.expr}: ${one.failure}`]));
  assert.deepEqual(failures, []);
}

test('rate extends to the window edges, but not below zero nor far beyond the samples', () => {
  assertScript(`
load 15s
  steady_total 0+15x20
  young_total _x10 0+15x10
  reset_total 0 15 30 0 15

eval instant at 5m rate(steady_total[1m])
  {} 1

eval instant at 5m increase(young_total[5m])
  {} 150

eval instant at 1m increase(reset_total[1m])
  {} 40
`);
});

test('a range is open at its left and closed at its right', () => {
  assertScript(`
load 10s
  x 1 2 3 4 5 6 7

eval instant at 60s count_over_time(x[30s])
  {} 3

eval instant at 60s count_over_time(x[31s])
  {} 4

eval instant at 60s sum_over_time(x[1ms])
  {} 7
`);
});

test('a sample counts for five minutes and a staleness marker ends it at once', () => {
  assertScript(`
load 1m
  old 1
  gone 1 stale

eval instant at 299s old
  old 1

eval instant at 300s old

eval instant at 1m gone

eval range from 0 to 2m step 30s gone
  gone 1 1
`);
});

test('a many-to-one match takes labels from the one side and refuses doubles', () => {
  assertScript(`
load 1m
  requests{code="200",pod="a"} 90
  requests{code="500",pod="a"} 10
  owner{pod="a",team="red"} 1
  owner{pod="b",team="blue"} 1
  twice{pod="a",n="1"} 1
  twice{pod="a",n="2"} 1

eval instant at 0 requests * on(pod) group_left(team) owner
  {code="200",pod="a",team="red"} 90
  {code="500",pod="a",team="red"} 10

eval instant at 0 requests / ignoring(code) group_left sum without(code) (requests)
  {code="200",pod="a"} 0.9
  {code="500",pod="a"} 0.1

eval instant at 0 requests * on(pod) owner
  expect fail msg: multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)

eval instant at 0 owner * on(pod) twice
  expect fail regex: found duplicate series for the match group .* on the right hand-side
`);
});

test('a classic histogram gives quantiles by interpolation and says when its buckets are not monotonic', () => {
  assertScript(`
load 1m
  b_bucket{le="0.1"} 50
  b_bucket{le="0.5"} 100
  b_bucket{le="+Inf"} 100
  n_bucket{le="1"} 10
  n_bucket{le="2"} 5
  n_bucket{le="+Inf"} 10

eval instant at 0 histogram_quantile(0.75, b_bucket)
  {} 0.3

eval instant at 0 histogram_quantile(0.5, n_bucket)
  expect info regex: needed to be fixed for monotonicity .* from buckets 2 to 2
  {} 0.5

eval instant at 0 histogram_fraction(0, 0.1, b_bucket)
  {} 0.5
`);
});

test('names are dropped at once by default, so that two metrics may not become one', () => {
  const head = new Head();
  head.append({ __name__: 'a', x: '1' }, 0, 1);
  head.append({ __name__: 'b', x: '1' }, 0, 2);
  assert.throws(() => runInstantQuery(head, 'abs({__name__=~"a|b"})', 0), { name: 'QueryError', errorType: 'execution', message: 'vector cannot contain metrics with the same labelset' });
  const answer = runInstantQuery(head, 'sum by (__name__) (rate(a[5m])) or abs(a)', 0);
  assert.deepEqual(answer.value, { resultType: 'vector', result: [{ metric: { x: '1' }, value: [0, 1] }] });
});

test('a range query gives the points of each series in order and sorts the series', () => {
  const head = new Head();
  for (let i = 0; i <= 10; i++) {
    head.append({ __name__: 'm', z: '1' }, i * 1000, i);
    head.append({ __name__: 'm', a: '1' }, i * 1000, -i);
  }
  const answer = runRangeQuery(head, 'm', { start: 0, end: 10_000, step: 5000 });
  assert.deepEqual(answer.value, {
    resultType: 'matrix',
    result: [
      { metric: { __name__: 'm', a: '1' }, values: [[0, -0], [5, -5], [10, -10]] },
      { metric: { __name__: 'm', z: '1' }, values: [[0, 0], [5, 5], [10, 10]] },
    ],
  });
  assert.throws(() => runRangeQuery(head, 'm[5m]', { start: 0, end: 1, step: 1 }), { errorType: 'bad_data', message: 'invalid expression type "range vector" for range query, must be Scalar or instant Vector' });
});

test('a query that would hold too many samples, takes too long or was cancelled stops with its own error', async () => {
  const head = new Head();
  for (let i = 0; i < 100; i++) head.append({ __name__: 'm', i: String(i) }, 0, i);
  let now = 0;
  const backend = createEmbeddedMetricsBackend(head, { clock: { now: () => now }, maxSamples: 50 });
  await assert.rejects(backend.query('m', { time: 0 }), { errorType: 'execution', message: 'query processing would load too many samples into memory in query execution' });
  const slow = createEmbeddedMetricsBackend(head, { clock: { now: () => (now += 1000) }, timeoutMs: 5000 });
  await assert.rejects(slow.query('m', { time: 0 }), { errorType: 'timeout' });
  await assert.rejects(createEmbeddedMetricsBackend(head, { clock: { now: () => 0 } }).query('m', { signal: AbortSignal.abort() }), { errorType: 'canceled' });
  await assert.rejects(backend.query('sum(', {}), (error) => error instanceof QueryError && error.errorType === 'bad_data' && /1:5: parse error/.test(error.message));
});

test('label names such as constructor are ordinary labels', () => {
  const head = new Head();
  head.append({ __name__: 'm', constructor: 'x' }, 0, 1);
  head.append({ __name__: 'm' }, 0, 2);
  const answer = runInstantQuery(head, 'sum by (constructor) (m)', 0);
  assert.deepEqual(answer.value.resultType === 'vector' && answer.value.result.map((one) => [{ ...one.metric }, one.value[1]]), [[{ constructor: 'x' }, 1], [{}, 2]]);
});

test('topk and bottomk choose the best in order, whatever their number; NaN only when nothing else is left', () => {
  const head = new Head();
  const values = [3, NaN, 1, Infinity, 2, -Infinity, 3];
  for (const [i, value] of values.entries()) head.append({ __name__: 'm', i: String(i) }, 0, value);
  const chosen = (query: string): unknown => {
    const { value } = runInstantQuery(head, query, 0);
    return value.resultType === 'vector' && value.result.map(({ metric }) => metric['i']).join('');
  };
  assert.deepEqual(['topk(3, m)', 'topk(7, m)', 'topk(1000, m)', 'bottomk(2, m)', 'bottomk(1000, m)', 'topk(0, m)'].map(chosen), ['306', '3064251', '3064251', '52', '5240631', '']);
});

test('operators of histograms are refused between scalars; the outermost sort is the one that is told of', () => {
  const head = new Head();
  head.append({ __name__: 'm' }, 0, 1);
  assert.throws(() => runInstantQuery(head, 'time() >/ 1', 0), { errorType: 'execution', message: 'operator ">/" not allowed for Scalar operations' });
  assert.deepEqual(runRangeQuery(head, 'sort(sort(m))', { start: 0, end: 1000, step: 1000 }).warnings, [
    'PromQL warning: sort is ineffective for range queries since results are always ordered by labels (1:1)',
  ]);
});

test('a subquery that would hold too much is refused before it is evaluated', () => {
  const head = new Head();
  head.append({ __name__: 'm' }, 0, 1);
  const before = process.memoryUsage().arrayBuffers;
  for (const query of ['count_over_time(m[2d:1ms])', 'count_over_time(vector(1)[12h:1ms])']) {
    assert.throws(() => runInstantQuery(head, query, 0, { maxSamples: 20_000_000 }), { message: 'query processing would load too many samples into memory in query execution' });
  }
  assert.ok(process.memoryUsage().arrayBuffers - before < 50e6);
});
