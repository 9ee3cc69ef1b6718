import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import type { QueryValue } from './metrics-backend.ts';
import { formatApiTime, toQueryJson } from './query-json.ts';
import { readQueryData } from './read-query-data.ts';

const text = (value: QueryValue, limit?: number): string => new TextDecoder().decode(toQueryJson({ value, warnings: [], infos: [] }, limit).data);
const metric = { zone: 'a"b\\c', __name__: 'm', 'dotted.name': '☺ \u0001' };

test('answers are written as Prometheus writes them, labels sorted', () => {
  const cases: readonly (readonly [QueryValue, string])[] = [
    [{ resultType: 'vector', result: [] }, '{"resultType":"vector","result":[]}'],
    [{ resultType: 'vector', result: [{ metric, value: [1.5, NaN] }, { metric: {}, value: [-0.007, -0] }] }, '{"resultType":"vector","result":[{"metric":{"__name__":"m","dotted.name":"☺ \\u0001","zone":"a\\"b\\\\c"},"value":[1.500,"NaN"]},{"metric":{},"value":[-0.007,"-0"]}]}'],
    [{ resultType: 'matrix', result: [{ metric: { a: 'b' }, values: [[1, Infinity], [2, 1e-7], [3, 1e21]] }] }, '{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1,"+Inf"],[2,"1e-07"],[3,"1e+21"]]}]}'],
    [{ resultType: 'scalar', result: [1700000000.123, 0.1] }, '{"resultType":"scalar","result":[1700000000.123,"0.1"]}'],
    [{ resultType: 'string', result: [1, 'say "☺"'] }, '{"resultType":"string","result":[1,"say \\"☺\\""]}'],
  ];
  for (const [value, expected] of cases) {
    assert.equal(text(value), expected);
    assert.deepEqual(readQueryData(new TextEncoder().encode(expected)), value, expected);
  }
});

test('native histograms stand beside the numbers of a series', () => {
  const histogram: FloatHistogram = { counterResetHint: 'gauge', schema: 0, zeroThreshold: 0, zeroCount: 0, count: 2, sum: 3, positiveSpans: [{ offset: 0, length: 1 }], negativeSpans: [], positiveBuckets: [2], negativeBuckets: [], customValues: [] };
  const json = '{"count":"2","sum":"3","buckets":[[0,"0.5","1","2"]]}';
  assert.equal(text({ resultType: 'vector', result: [{ metric: {}, value: [1, NaN], histogram }] }), `{"resultType":"vector","result":[{"metric":{},"histogram":[1,${json}]}]}`);
  assert.equal(text({ resultType: 'matrix', result: [{ metric: {}, values: [[1, 5]], histograms: [[2.5, histogram]] }, { metric: { a: 'b' }, values: [], histograms: [[1, histogram]] }] }), `{"resultType":"matrix","result":[{"metric":{},"values":[[1,"5"]],"histograms":[[2.500,${json}]]},{"metric":{"a":"b"},"histograms":[[1,${json}]]}]}`);
});

test('a limit cuts the series and says so', () => {
  const value: QueryValue = { resultType: 'vector', result: [1, 2, 3].map((i) => ({ metric: { i: String(i) }, value: [0, i] as const })) };
  assert.equal(text(value, 1), '{"resultType":"vector","result":[{"metric":{"i":"1"},"value":[0,"1"]}]}');
  assert.deepEqual(toQueryJson({ value, warnings: ['w'], infos: [] }, 2).warnings, ['w', 'results truncated due to limit']);
  assert.deepEqual(toQueryJson({ value, warnings: [], infos: [] }, 3).warnings, []);
});

test('one answer does not spoil another, also beyond the memory that is kept', () => {
  const series = Array.from({ length: 3000 }, (_, i) => ({ metric: { i: String(i), long: 'x'.repeat(100) }, value: [i / 8, i] as const }));
  const first = toQueryJson({ value: { resultType: 'vector', result: series }, warnings: [], infos: [] });
  text({ resultType: 'scalar', result: [1, 2] });
  assert.deepEqual(readQueryData(first.data), { resultType: 'vector', result: series });
});

test('times have all three decimals of their milliseconds or none', () => {
  assert.deepEqual([0, 1, 1.05, -1.005, 1.9999].map(formatApiTime), ['0', '1', '1.050', '-1.005', '2']);
});
