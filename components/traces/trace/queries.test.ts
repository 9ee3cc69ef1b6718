import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pollMs, STILL_GROWING_MS } from './queries.ts';

test('a large trace is asked for less often, and once more before it is taken for complete', () => {
  assert.deepEqual([1, 10_000, 100_000, 1_000_000].map(pollMs), [2000.1, 3000, 12_000, 15_000]);
  assert.ok(pollMs(Number.MAX_SAFE_INTEGER) < STILL_GROWING_MS);
});
