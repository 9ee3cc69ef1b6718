import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { falseDiscoveryRates, fisherExact, mannWhitney } from './significance.ts';

const near = (actual: number, expected: number, within = 1e-4): void => assert.ok(Math.abs(actual - expected) <= within, `${actual} is not ${expected}`);

// Worked out apart from this code, pair by pair, with the normal distribution of the C library.
test('the rank test gives what its definition gives', () => {
  near(mannWhitney([1.1, 2.2, 3.3, 4.4, 5.5, 6.6, 7.7, 8.8], [3.1, 4.2, 5.3, 6.4, 7.5, 8.6, 9.7, 10.8]).p, 0.2701485, 1e-6);
  near(mannWhitney([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [11, 12, 13, 14, 15, 16, 17, 18, 19, 20]).p, 0.000182672, 1e-8);
  near(mannWhitney([1, 1, 2, 2, 3], [2, 2, 3, 3, 4]).p, 0.1251224, 1e-6);
});

test('equal samples differ by nothing, and nothing gives no difference', () => {
  assert.deepEqual(mannWhitney([5, 5, 5], [5, 5, 5]), { p: 1, probabilityGreater: 0.5 });
  assert.deepEqual(mannWhitney([], [1]), { p: 1, probabilityGreater: 0.5 });
  assert.equal(mannWhitney([1, 2], [3, 4]).probabilityGreater, 1);
});

test('the rank test is the same from both sides, and counts pairs right', () => {
  const values = fc.array(fc.nat(12), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(values, values, (a, b) => {
      const there = mannWhitney(a, b);
      const back = mannWhitney(b, a);
      near(there.p, back.p, 1e-9);
      const pairs = a.flatMap((x) => b.map((y) => (y > x ? 1 : y === x ? 0.5 : 0)));
      near(there.probabilityGreater, pairs.reduce((sum: number, p) => sum + p, 0) / pairs.length, 1e-9);
      assert.ok(there.p >= 0 && there.p <= 1);
    }),
  );
});

test('shares are tested exactly', () => {
  near(fisherExact(3, 4, 1, 4), 0.4857);
  near(fisherExact(1, 10, 9, 10), 0.001093, 1e-6);
  assert.deepEqual([fisherExact(0, 5, 0, 5), fisherExact(5, 5, 5, 5), fisherExact(0, 0, 3, 5)], [1, 1, 1]);
});

test('many looks are corrected for', () => {
  falseDiscoveryRates([0.01, 0.04, 0.03, 0.5]).forEach((rate, i) => near(rate, [0.04, 0.16 / 3, 0.16 / 3, 0.5][i]!, 1e-9));
  assert.deepEqual(falseDiscoveryRates([]), []);
});
