import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { dropShare, moveShare, toShares } from './linked-shares.ts';

const cases: readonly { rule: string; shares: number[]; index: number; value: number; locked?: boolean[]; proportions?: number[]; want: number[] }[] = [
  { rule: 'the other of two takes the rest', shares: [80, 20], index: 0, value: 90, want: [90, 10] },
  { rule: 'others keep their proportion', shares: [50, 30, 20], index: 0, value: 75, want: [75, 15, 10] },
  { rule: 'remainders go to the largest fraction', shares: [34, 33, 33], index: 0, value: 33, want: [33, 34, 33] },
  { rule: 'others without a share divide evenly', shares: [100, 0, 0], index: 0, value: 60, want: [60, 20, 20] },
  { rule: 'proportions of the start survive a drag through 100', shares: [100, 0, 0], index: 0, value: 50, proportions: [50, 30, 20], want: [50, 30, 20] },
  { rule: 'a locked share stays', shares: [50, 30, 20], index: 0, value: 60, locked: [false, true, false], want: [60, 30, 10] },
  { rule: 'a value is cut to what locked shares leave', shares: [50, 30, 20], index: 0, value: 95, locked: [false, true, false], want: [70, 30, 0] },
  { rule: 'nothing moves when all others are locked', shares: [50, 30, 20], index: 0, value: 60, locked: [false, true, true], want: [50, 30, 20] },
  { rule: 'a fraction is rounded', shares: [50, 50], index: 1, value: 33.4, want: [67, 33] },
  { rule: 'a value below 0 is 0', shares: [50, 50], index: 1, value: -5, want: [100, 0] },
];
for (const { rule, want, ...move } of cases) test(`linked sliders: ${rule}`, () => assert.deepEqual(moveShare(move), want));

test('however a slider is moved, the shares are whole numbers that sum to 100', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 6 }), fc.nat(5), fc.integer({ min: -20, max: 120 }), fc.array(fc.boolean(), { maxLength: 6 }), (weights, index, value, locked) => {
      const moved = moveShare({ shares: toShares(weights), index: index % weights.length, value, locked });
      assert.equal(moved.reduce((a, b) => a + b, 0), 100);
      assert.ok(moved.every((share) => Number.isInteger(share) && share >= 0 && share <= 100));
    }),
  );
});

test('relative weights become shares of 100', () => {
  assert.deepEqual(toShares([1, 3]), [25, 75]);
  assert.deepEqual(toShares([1, 1, 1]), [34, 33, 33]);
  assert.deepEqual(toShares([0, 0]), [100, 0]);
  assert.deepEqual(toShares([]), []);
});

test('a version taken away leaves its share to the others', () => {
  assert.deepEqual(dropShare([50, 30, 20], 1), [71, 29]);
});
