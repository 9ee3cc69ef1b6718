import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { boundOf, bucketOf, LOWEST } from './buckets.ts';

test('a number is in the first bucket whose bound it does not exceed', () => {
  fc.assert(
    fc.property(fc.oneof(fc.double({ min: 2 ** -1000, max: 2 ** 1000, noNaN: true }), fc.integer({ min: 1, max: 2 ** 31 }), fc.integer({ min: -900, max: 900 }).map((n) => 2 ** (n / 16))), fc.boolean(), (value, fine) => {
      const bucket = bucketOf(value, fine);
      assert.equal(Math.abs(bucket % (fine ? 1 : 16)), 0);
      assert.ok(value <= boundOf(bucket) * (1 + 1e-10), `${value} is above ${boundOf(bucket)}`);
      assert.ok(value > boundOf(bucket - (fine ? 1 : 16)) * (1 - 1e-10), `${value} is below its bucket`);
    }),
    { numRuns: 5000, interruptAfterTimeLimit: 1000 },
  );
});

test('powers of two end their buckets exactly; what is no size is below all, what is too small or large at the ends', () => {
  for (let power = -1000; power <= 1000; power++) assert.deepEqual([bucketOf(2 ** power, true), bucketOf(2 ** power, false)], [power * 16, power * 16]);
  assert.deepEqual([bucketOf(1.0001, false), bucketOf(2.0001, false), bucketOf(3, true)], [16, 32, 26]);
  for (const value of [0, -0, -5, Number.NaN]) assert.equal(bucketOf(value, true), LOWEST);
  assert.deepEqual([bucketOf(5e-324, true), bucketOf(Infinity, true), boundOf(LOWEST)], [-1022 * 16, 1024 * 16, 0]);
});
