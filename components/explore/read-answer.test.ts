import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readResult } from './read-answer.ts';

test('reads floats and native histograms of a range', () => {
  const answer = readResult({
    data: {
      resultType: 'matrix',
      result: [{ metric: { a: 'x' }, values: [[1, '2'], [2, 'NaN'], [3, '+Inf']], histograms: [[4, { count: '3', sum: '4.5', buckets: [[0, '0.5', '1', '2'], [3, '-0.1', '0.1', '1']] }]] }],
    },
    infos: ['i'],
  });
  assert.deepEqual(answer, {
    type: 'matrix',
    warnings: [],
    infos: ['i'],
    series: [
      {
        labels: { a: 'x' },
        points: [{ t: 1000, v: 2 }, { t: 2000, v: null }, { t: 3000, v: Infinity }],
        histograms: [{ t: 4000, h: { count: 3, sum: 4.5, buckets: [{ ends: 'left-open', lower: 0.5, upper: 1, count: 2 }, { ends: 'closed', lower: -0.1, upper: 0.1, count: 1 }] } }],
      },
    ],
  });
});

test('reads vectors, scalars and strings', () => {
  const vector = readResult({ data: { resultType: 'vector', result: [{ metric: {}, value: [1, '1'] }, { metric: { h: '' }, histogram: [1, { count: '0', sum: '0' }] }] } });
  assert.deepEqual(vector.series.map(({ points, histograms }) => [points.length, histograms.length]), [[1, 0], [0, 1]]);
  assert.deepEqual(readResult({ data: { resultType: 'scalar', result: [1, '7'] } }).series, [{ labels: {}, points: [{ t: 1000, v: 7 }], histograms: [] }]);
  assert.equal(readResult({ data: { resultType: 'string', result: [1, 'text'] } }).text, 'text');
});
