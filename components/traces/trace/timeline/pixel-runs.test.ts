import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastGap, pixelRuns, RunCache } from './pixel-runs.ts';

const range = { from: 0, to: 1000 };

test('stretches that touch are one, in whatever order they come', () => {
  assert.deepEqual([...pixelRuns([0, 100, 100, 200, 400, 500], range, 100, 1)], [0, 20, 40, 10]);
  assert.deepEqual([...pixelRuns([400, 500, 0, 100, 50, 200], range, 100, 1)], [0, 20, 40, 10]);
});
test('what is short is still seen, what lies outside is not', () => {
  assert.deepEqual([...pixelRuns([500, 500, 2000, 3000], range, 100, 2)], [50, 2]);
});
test('a hundred thousand stretches are as many runs as there are pixels at most', () => {
  const pieces = Array.from({ length: 200_000 }, (_, i) => (i >> 1) * 10 + (i % 2) * 4);
  assert.ok(pixelRuns(pieces, { from: 0, to: 1_000_000 }, 800, 1).length <= 1600);
});
test('the last gap that is wide enough is found, whatever lies about it', () => {
  const runs = Float32Array.of(0, 20, 40, 10, 90, 10);
  assert.deepEqual([lastGap(runs, 0, 100, 30), lastGap(runs, 0, 100, 20), lastGap(runs, 0, 60, 10), lastGap(runs, 0, 60, 15), lastGap(runs, 25, 60, 15), lastGap(runs, 0, 100, 50)], [90, 90, 60, 40, 40, undefined]);
  assert.deepEqual([lastGap(new Float32Array(), 10, 60, 50), lastGap(new Float32Array(), 10, 60, 51)], [60, undefined]);
});
test('runs are made once for a key', () => {
  const cache = new RunCache();
  let made = 0;
  const make = (): Float32Array => Float32Array.of(made++, 1);
  assert.deepEqual([cache.get('a', make)[0], cache.get('a', make)[0], cache.get('b', make)[0]], [0, 0, 1]);
});
