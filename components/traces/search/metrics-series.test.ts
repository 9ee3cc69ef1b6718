import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TraceMetricsAnswer } from '#server/traces/trace-questions.ts';
import { comparisonOf, exemplarPoints, histogramMap, lineSeries } from './metrics-series.ts';

const answer = (series: TraceMetricsAnswer['series']): TraceMetricsAnswer => ({ timesUnixNano: ['1000000000', '2000000000'], series, exact: true, notes: [] });

test('series are named by their labels, and a gap stays one', () => {
  const [one, all] = lineSeries(answer([{ labels: { 'span:name': 'GET', p: 0.99 }, values: [1, null], exemplars: [] }, { labels: {}, values: [2, 3], exemplars: [] }]));
  assert.equal(one?.name, 'span:name = GET, p = 0.99');
  assert.deepEqual(one?.points, [{ t: 1000, v: 1 }, { t: 2000, v: null }]);
  assert.equal(all?.name, 'all matching spans');
});

test('a span that is an exemplar of several quantiles is one dot', () => {
  const exemplars = [{ traceId: 't', spanId: 's', timeUnixNano: '1500000000', value: 0.2 }];
  assert.deepEqual(exemplarPoints(answer([{ labels: { p: 0.5 }, values: [], exemplars }, { labels: { p: 0.99 }, values: [], exemplars }]), { onLine: false }).map(({ t, value, labels }) => [t, value, labels]), [[1500, 0.2, { trace_id: 't', span_id: 's' }]]);
});

test('a span that was only counted stands on the line of its count', () => {
  const of = (seconds: number): number | undefined => exemplarPoints(answer([{ labels: {}, values: [2, 4], exemplars: [{ traceId: 't', spanId: 's', timeUnixNano: String(seconds * 1e9), value: 0 }] }]), { onLine: true })[0]?.value;
  assert.deepEqual([of(0.5), of(1.5), of(2), of(9)], [2, 3, 4, 4]);
});

test('buckets become rows in order, groups are added up', () => {
  const map = histogramMap(
    answer([
      { labels: { __bucket: 0.008, a: 'x' }, values: [1, 0], exemplars: [] },
      { labels: { __bucket: 0.004, a: 'x' }, values: [2, 3], exemplars: [] },
      { labels: { __bucket: 0.004, a: 'y' }, values: [5, null], exemplars: [] },
    ]),
  );
  assert.deepEqual(map.durationEdges, [0.002, 0.004, 0.008]);
  assert.deepEqual(map.timeEdges, ['1000000000', '2000000000', '3000000000']);
  assert.deepEqual(map.cells.map(({ time, duration, count }) => [time, duration, count]), [[0, 1, 1], [0, 0, 7], [1, 0, 3]]);
});

test('a comparison is told as shares of both sides, the greatest difference first', () => {
  const series = (type: string, field: string, value: string, values: readonly number[]) => ({ labels: { __meta_type: type, [field]: value }, values, exemplars: [] });
  const found = comparisonOf(
    answer([
      series('selection', 'span.a', 'x', [3, 1]), series('baseline', 'span.a', 'x', [0, 10]), series('baseline', 'span.a', 'y', [30, 0]),
      series('selection_total', 'span.a', 'nil', [4, 0]), series('baseline_total', 'span.a', 'nil', [40, 0]),
      series('selection', 'span.b', 'z', [2, 2]), series('baseline', 'span.b', 'z', [20, 20]),
    ]),
  );
  assert.deepEqual(found.map(({ field, score }) => [field, score]), [['span.a', 0.75], ['span.b', 0]]);
  assert.deepEqual(found[0]?.values, [{ value: 'x', inside: 1, outside: 0.25 }, { value: 'y', inside: 0, outside: 0.75 }]);
  assert.deepEqual(found[0]?.present, { inside: 4, outside: 40 });
});
