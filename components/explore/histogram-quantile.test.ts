import assert from 'node:assert/strict';
import { test } from 'node:test';
import { histogramQuantile } from './histogram-quantile.ts';
import type { HistogramBucket } from './read-answer.ts';

const of = (...buckets: [number, number, number][]) => ({ count: buckets.reduce((sum, [, , count]) => sum + count, 0), sum: 0, buckets: buckets.map(([lower, upper, count]): HistogramBucket => ({ ends: 'left-open', lower, upper, count })) });

test('an exponential bucket is divided exponentially', () => {
  assert.ok(Math.abs(histogramQuantile(of([1, 2, 4]), 0.5) - Math.SQRT2) < 1e-12);
  assert.ok(Math.abs(histogramQuantile(of([-2, -1, 4]), 0.5) + Math.SQRT2) < 1e-12);
});

test('a custom bucket is divided linearly, and the rest is counted off', () => {
  assert.equal(histogramQuantile(of([0, 5, 2], [5, 15, 2]), 0.75), 10);
});

test('an open end gives the bound that there is, and no observations no value', () => {
  assert.equal(histogramQuantile(of([0, 5, 1], [5, Infinity, 9]), 0.9), 5);
  assert.equal(histogramQuantile(of([-Infinity, 5, 1]), 0.5), 5);
  assert.equal(histogramQuantile(of(), 0.5), NaN);
});
