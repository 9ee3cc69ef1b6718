import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pixelRuns, RunCache } from './pixel-runs.ts';

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
test('runs are made once for a key', () => {
  const cache = new RunCache();
  let made = 0;
  const make = (): Float32Array => Float32Array.of(made++, 1);
  assert.deepEqual([cache.get('a', make)[0], cache.get('a', make)[0], cache.get('b', make)[0]], [0, 0, 1]);
});
