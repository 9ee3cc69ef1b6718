import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { fullBucket, refill, secondsToToken } from './token-bucket.ts';

test('a bucket gives what it holds at once and then what comes in, evenly', () => {
  const limits = { maxTokens: 2, tokensPerFill: 10, fillIntervalMs: 1000 };
  const bucket = fullBucket(limits, 0);
  const take = (nowMs: number): boolean => {
    const has = refill(bucket, limits, nowMs);
    if (has) bucket.tokens -= 1;
    return has;
  };
  assert.deepEqual([0, 0, 0, 99, 100, 150, 200, 5000, 5000, 5000].map(take), [true, true, false, false, true, false, true, true, true, false]);
  assert.equal(secondsToToken(bucket, limits), 1);
});

test('over any span no more goes through than the burst and what came in meanwhile, whatever the clock does', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), fc.array(fc.integer({ min: -50, max: 300 }), { maxLength: 100 }), (maxTokens, tokensPerFill, steps) => {
      const limits = { maxTokens, tokensPerFill, fillIntervalMs: 1000 };
      const bucket = fullBucket(limits, 0);
      let [now, taken, highest, forward] = [0, 0, 0, 0];
      for (const step of steps) {
        now += step;
        forward += Math.max(0, step);
        highest = Math.max(highest, now);
        if (!refill(bucket, limits, now)) continue;
        bucket.tokens -= 1;
        taken += 1;
      }
      assert.ok(taken <= maxTokens + (forward / 1000) * tokensPerFill + 1e-6);
    }),
    { numRuns: 500, interruptAfterTimeLimit: 1000 },
  );
});
