import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import { readTraceQl } from './check.ts';
import { finishMetrics, measureMetrics, type MetricsWindow } from './metrics.ts';
import { metricsSteps } from './metrics/window.ts';

const S = 1_000_000_000n;
const span = (trace: number, n: number, atMs: number, durationMs: number, over: Parameters<typeof aSpan>[0] = {}): Span =>
  aSpan({ traceId: traceId(trace), spanId: spanId(n), start: 1000n * S + BigInt(Math.round(atMs * 1e6)), duration: BigInt(Math.round(durationMs * 1e6)), ...over });
const SPANS: readonly Span[] = [
  span(1, 1, 0, 1, { attributes: { k: 'a', v: 1 } }),
  span(1, 2, 5000, 2, { attributes: { k: 'a', v: 3 } }),
  span(1, 3, 10_000, 4, { attributes: { k: 'b', v: 5 } }),
  span(2, 4, 10_001, 5, { attributes: { k: 'b', v: 7.5 } }),
  span(2, 5, 20_000, 1000, { attributes: { v: 0 } }),
  span(3, 6, 25_000, 1500, { attributes: { k: 'a', v: 1 }, status: { code: 'error' } }),
  span(3, 7, 25_000, 0, { attributes: { k: 'c', v: -2 } }),
  span(3, 8, 25_500, 0.000001, { attributes: { k: 'c', v: 100 } }),
];
const WINDOW: MetricsWindow = { fromUnixNano: 1000n * S, toUnixNano: 1040n * S, stepNano: 10n * S, exemplars: 0 };

function ask(text: string, window = WINDOW, spans = SPANS) {
  const read = readTraceQl(text, 'metrics');
  assert.ok(read.ok, read.ok ? '' : read.faults[0]?.message);
  const { query } = read;
  // By traces in two segments, as the store has them.
  const parts = [1, 0].map((odd) => measureMetrics(query, buildSegment(spans.filter((s) => Number(`0x${s.traceId}`) % 2 === odd)), window));
  return finishMetrics(query, parts, window);
}
const lines = (text: string, window = WINDOW) => ask(text, window).series.map(({ labels, values }) => [labels, values.map((v) => (v === null ? null : Number(v.toPrecision(12))))]);

/** Checked against a running Tempo; where it is left, that is said. Times are 1000, 1010, 1020, 1030 and 1040 s. */
const CASES: readonly (readonly [string, readonly (readonly [object, readonly (number | null)[]])[]])[] = [
  ['{ } | rate()', [[{ __name__: 'rate' }, [0.1, 0.2, 0.2, 0.3, 0]]]],
  ['{ } | count_over_time()', [[{ __name__: 'count_over_time' }, [1, 2, 2, 3, 0]]]],
  [
    '{ } | count_over_time() by (span.k)',
    [
      [{ 'span.k': 'a' }, [1, 1, 0, 1, 0]],
      [{ 'span.k': 'b' }, [0, 1, 1, 0, 0]],
      [{ 'span.k': 'c' }, [0, 0, 0, 2, 0]],
      [{ 'span.k': null }, [0, 0, 1, 0, 0]],
    ],
  ],
  [
    '{ span.k != "b" } | rate() by (span.k, status)',
    [
      [{ 'span.k': 'a', 'span:status': 'error' }, [0, 0, 0, 0.1, 0]],
      [{ 'span.k': 'a', 'span:status': 'unset' }, [0.1, 0.1, 0, 0, 0]],
      [{ 'span.k': 'c', 'span:status': 'unset' }, [0, 0, 0, 0.2, 0]],
    ],
  ],
  ['{ } | min_over_time(duration)', [[{ __name__: 'min_over_time' }, [0.001, 0.002, 0.005, 0, null]]]],
  ['{ } | max_over_time(span.v)', [[{ __name__: 'max_over_time' }, [1, 5, 7.5, 100, null]]]],
  ['{ } | avg_over_time(span.v)', [[{ __name__: 'avg_over_time' }, [1, 4, 3.75, 33, null]]]],
  ['{ } | sum_over_time(span.v) by (span.k)', [[{ 'span.k': 'a' }, [1, 3, null, 1, null]], [{ 'span.k': 'b' }, [null, 5, 7.5, null, null]], [{ 'span.k': 'c' }, [null, null, null, 98, null]], [{ 'span.k': null }, [null, null, 0, null, null]]]],
  ['{ } | avg_over_time(duration)', [[{ __name__: 'avg_over_time' }, [0.001, 0.003, 0.5025, 0.500000000333, null]]]],
  ['{ } | max_over_time(duration / 2)', [[{ __name__: 'max_over_time' }, [0.0005, 0.002, 0.5, 0.75, null]]]],
  ['{ } | max_over_time(duration / 1ms)', [[{ __name__: 'max_over_time' }, [1, 4, 1000, 1500, null]]]],
  ['{ } | max_over_time(.nope)', []],
  // Tempo drops what is below 2, and numbers that are not whole.
  ['{ } | histogram_over_time(span.v)', [[{ __bucket: 0 }, [0, 0, 1, 1, 0]], [{ __bucket: 1 }, [1, 0, 0, 1, 0]], [{ __bucket: 4 }, [0, 1, 0, 0, 0]], [{ __bucket: 8 }, [0, 1, 1, 0, 0]], [{ __bucket: 128 }, [0, 0, 0, 1, 0]]]],
  [
    '{ duration >= 1ms } | histogram_over_time(duration)',
    [[{ __bucket: 0.001048576 }, [1, 0, 0, 0, 0]], [{ __bucket: 0.002097152 }, [0, 1, 0, 0, 0]], [{ __bucket: 0.004194304 }, [0, 1, 0, 0, 0]], [{ __bucket: 0.008388608 }, [0, 0, 1, 0, 0]], [{ __bucket: 1.073741824 }, [0, 0, 1, 0, 0]], [{ __bucket: 2.147483648 }, [0, 0, 0, 1, 0]]],
  ],
  ['{ } | count_over_time() by (span.k) | topk(1)', [[{ 'span.k': 'a' }, [1, 1, null, null, 0]], [{ 'span.k': 'b' }, [null, null, 1, null, null]], [{ 'span.k': 'c' }, [null, null, null, 2, null]]]],
  ['{ } | count_over_time() by (span.k) | bottomk(1)', [[{ 'span.k': 'a' }, [null, null, 0, null, 0]], [{ 'span.k': 'b' }, [0, null, null, 0, null]], [{ 'span.k': 'c' }, [null, 0, null, null, null]]]],
  ['{ } | count_over_time() by (span.k) > 1', [[{ 'span.k': 'c' }, [null, null, null, 2, null]]]],
  ['{ } | count_over_time() by (span.k) | topk(2) >= 2 ', [[{ 'span.k': 'c' }, [null, null, null, 2, null]]]],
  ['{ } | avg_over_time(duration) > 500ms', [[{ __name__: 'avg_over_time' }, [null, null, 0.5025, 0.500000000333, null]]]],
  ['({ } | count_over_time() by (span.k)) / ({ } | count_over_time())', [[{ 'span.k': 'a' }, [1, 0.5, 0, 0.333333333333, null]], [{ 'span.k': 'b' }, [0, 0.5, 0.5, 0, null]], [{ 'span.k': 'c' }, [0, 0, 0, 0.666666666667, null]], [{ 'span.k': null }, [0, 0, 0.5, 0, null]]]],
  ['100 * ({ status = error } | count_over_time()) / ({ } | count_over_time()) > 30', [[{ __name__: 'count_over_time' }, [null, null, null, 33.3333333333, null]]]],
  ['({ } | count_over_time() by (span.k)) - ({ status = error } | count_over_time() by (span.k)) * (7 / 2)', [[{ 'span.k': 'a' }, [1, 1, 0, -2, 0]]]],
  ['({ } | max_over_time(span.v)) + ({ } | min_over_time(span.v))', [[{ __name__: 'max_over_time' }, [2, 8, 7.5, 98, null]]]],
  // Nothing found is no series; stages before it are of one trace.
  ['{ } | by(.k) | count() > 2 | count_over_time()', []],
  ['{ } | by(.k) | count() > 1 | count_over_time()', [[{ __name__: 'count_over_time' }, [1, 1, 0, 2, 0]]]],
];
for (const [query, expected] of CASES) {
  test(query, () => {
    assert.deepEqual(lines(query), expected);
  });
}

test('a time stands for the step before it; both ends of the window count', () => {
  assert.deepEqual(metricsSteps({ ...WINDOW, fromUnixNano: 1001n * S, toUnixNano: 1021n * S }), { firstStep: 101n, count: 3 });
  const at = (from: bigint, to: bigint) => ask('{ } | count_over_time()', { ...WINDOW, fromUnixNano: from, toUnixNano: to });
  const part = at(1005n * S, 1025n * S);
  assert.deepEqual(part.timesUnixNano, ['1010000000000', '1020000000000', '1030000000000']);
  assert.deepEqual(part.series[0]?.values, [2, 2, 2]);
  assert.deepEqual(at(1010n * S, 1010n * S).series[0]?.values, [1]);
});

test('quantiles are within 2.2 % of the exact ones, the least and the highest within their bucket', () => {
  const durations = Array.from({ length: 1000 }, (_, i) => 1.37 ** (i / 60) * (1 + (i % 7) / 50));
  const spans = durations.map((d, i) => span(1, i + 1, 10, d));
  const inOrder = durations.toSorted((a, b) => a - b);
  const { series } = ask('{ } | quantile_over_time(duration, 0, 0.5, 0.95, 0.99, 1)', WINDOW, spans);
  assert.equal(series.length, 5);
  for (const { labels, values } of series) {
    const p = Number(labels['p']);
    const exact = (inOrder[Math.max(0, Math.ceil(p * 1000) - 1)] ?? 0) / 1000;
    const [, value] = values;
    assert.ok(typeof value === 'number' && Math.abs(value / exact - 1) < 0.045, `p${p}: ${value} for ${exact}`);
  }
  assert.equal(series[0]?.values[2], null);
});

test('compare counts every value on both sides, the most frequent first', () => {
  const { series, exact } = ask('{ } | compare({ status = error }, 2)', { ...WINDOW, stepNano: 100n * S });
  const of = (field: string) => series.filter(({ labels }) => field in labels).map(({ labels, values }) => [labels['__meta_type'] ?? labels['__meta_error'], labels[field], values.reduce<number>((n, v) => n + (v ?? 0), 0)]);
  assert.deepEqual(of('span:status'), [['baseline', 'unset', 7], ['baseline_total', null, 7], ['selection', 'error', 1], ['selection_total', null, 1]]);
  assert.deepEqual(of('span.k'), [['__too_many_values__', null, 0], ['baseline', 'a', 2], ['baseline', 'b', 2], ['baseline_total', null, 6], ['selection', 'a', 1], ['selection_total', null, 1]]);
  assert.equal(exact, true);
  const bounded = ask('{ } | compare({ }, 10, 1000000000000, 1010000000000)', { ...WINDOW, stepNano: 100n * S }).series.find(({ labels }) => labels['__meta_type'] === 'selection_total' && 'span:name' in labels);
  assert.equal(bounded?.values.reduce<number>((n, v) => n + (v ?? 0), 0), 3);
});

test('examples are the highest of their time, and no more than asked for', () => {
  const { series } = ask('{ } | max_over_time(duration)', { ...WINDOW, exemplars: 10 });
  assert.deepEqual(series[0]?.exemplars.map((e) => [Number(e.traceId), e.value]), [[1, 0.001], [1, 0.004], [2, 1], [3, 1.5]]);
  assert.equal(ask('{ } | max_over_time(duration) by (.k)', { ...WINDOW, exemplars: 3 }).series.flatMap((s) => s.exemplars).length, 3);
  const buckets = ask('{ } | histogram_over_time(duration)', { ...WINDOW, exemplars: 10 }).series.filter((s) => s.exemplars.length > 0);
  assert.deepEqual(buckets.map(({ labels }) => labels['__bucket']), [0.001048576, 0.004194304, 1.073741824, 2.147483648]);
});

test('rows that do not count are told to it', () => {
  const read = readTraceQl('{ } | count_over_time()', 'metrics');
  assert.ok(read.ok);
  const segment = buildSegment(SPANS);
  const rowsOf = (): Uint8Array => Uint8Array.from({ length: SPANS.length }, (_, row) => (row === 3 || row === 4 ? 1 : 0));
  assert.deepEqual(finishMetrics(read.query, [measureMetrics(read.query, segment, WINDOW, { rowsOf })], WINDOW).series[0]?.values, [0, 0, 2, 0, 0]);
});
