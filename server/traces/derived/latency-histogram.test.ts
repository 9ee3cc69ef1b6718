import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyHistogram, latencyQuantile, mergeHistogram, observeLatency } from './latency-histogram.ts';

function histogramOf(durations: readonly number[]) {
  const histogram = emptyHistogram();
  for (const duration of durations) observeLatency(histogram, duration, 1);
  return histogram;
}

test('quantiles are right to 5 % over nine orders of magnitude', () => {
  const durations = Array.from({ length: 1000 }, (_, i) => Math.round(10 ** ((i / 1000) * 9)));
  const histogram = histogramOf(durations);
  for (const q of [0.01, 0.25, 0.5, 0.75, 0.95, 0.99, 1]) {
    const exact = durations[Math.ceil(q * 1000) - 1] ?? 0;
    const got = latencyQuantile(histogram, q) ?? 0;
    assert.ok(exact <= 1 ? got === 0 : Math.abs(got - exact) / exact < 0.05, `${q}: ${got} for ${exact}`);
  }
});

test('parts add up to the whole', () => {
  const parts = [histogramOf([1, 5, 900]), histogramOf([7, 1e9])];
  const merged = emptyHistogram();
  for (const part of parts) mergeHistogram(merged, part);
  assert.deepEqual(merged, histogramOf([1, 5, 900, 7, 1e9]));
});

test('a weight counts as so many observations', () => {
  const histogram = emptyHistogram();
  observeLatency(histogram, 100, 4);
  observeLatency(histogram, 10_000, 1);
  assert.equal(histogram.count, 5);
  assert.ok((latencyQuantile(histogram, 0.8) ?? 0) < 110);
  assert.ok((latencyQuantile(histogram, 0.81) ?? 0) > 9000);
});

test('nothing, zero and less than nothing', () => {
  assert.equal(latencyQuantile(emptyHistogram(), 0.5), undefined);
  assert.equal(latencyQuantile(histogramOf([0, -5]), 0.5), 0);
  assert.equal(histogramOf([-5]).sum, 0);
});
