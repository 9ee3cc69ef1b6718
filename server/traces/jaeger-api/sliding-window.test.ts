import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quantileOfBuckets, slidingSums } from './sliding-window.ts';

test('every point sums what its window holds', () => {
  assert.deepEqual(slidingSums([1, null, 2, 4, 8], 2), [1, 1, 2, 6, 12]);
  assert.deepEqual(slidingSums([1, 2, 3], 1), [1, 2, 3]);
  assert.deepEqual(slidingSums([1, 2, 3], 9), [1, 3, 6]);
});

test('a quantile lies in the bucket that holds its rank', () => {
  const buckets = [{ upTo: 4, count: 2 }, { upTo: 2, count: 2 }, { upTo: 16, count: 0 }];
  assert.equal(quantileOfBuckets(buckets, 0), 1);
  assert.equal(quantileOfBuckets(buckets, 0.5), 2);
  assert.equal(quantileOfBuckets(buckets, 1), 4);
  assert.equal(quantileOfBuckets(buckets, 0.75), 2 * Math.SQRT2);
  assert.ok(Number.isNaN(quantileOfBuckets([], 0.5)));
});
