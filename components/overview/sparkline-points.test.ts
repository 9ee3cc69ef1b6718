import { test } from 'node:test';
import assert from 'node:assert/strict';
import { errorColor, errorPoints, sparklinePoints } from './sparkline-points.ts';

test('values are spread evenly from the first moment to the last', () => {
  assert.deepEqual(sparklinePoints({ from: 10, to: 20, points: [1, null, 3] }), [{ t: 10_000, v: 1 }, { t: 15_000, v: null }, { t: 20_000, v: 3 }]);
  assert.deepEqual(sparklinePoints({ from: 10, to: 20, points: [7] }), [{ t: 10_000, v: 7 }]);
});

test('no error series means no errors where there was traffic, and no data where there was none', () => {
  const values = errorPoints({ from: 0, to: 2, points: [null, 0.5, null] }, { from: 0, to: 2, points: [4, 4, null] }).map(({ v }) => v);
  assert.deepEqual(values, [0, 0.5, null]);
});

test('an error line is red only when something failed', () => {
  assert.equal(errorColor([{ t: 0, v: 0 }, { t: 1, v: null }]), 'var(--border-control)');
  assert.equal(errorColor([{ t: 0, v: 0 }, { t: 1, v: 0.001 }]), 'var(--status-failing-fg)');
});
