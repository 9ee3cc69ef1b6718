import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areaPath, linePath, stackSeries, valueExtent, valueNear, valueTicks } from './chart-geometry.ts';

const same = { x: (t: number) => t, y: (v: number) => v };
const points = (...pairs: [number, number | null][]) => pairs.map(([t, v]) => ({ t, v }));

test('a line breaks at NaN, at infinities and where points are missing', () => {
  assert.equal(linePath(points([0, 1], [10, 2], [20, null], [30, 3], [40, 4], [60, 5], [70, 6], [80, Infinity]), 10, same), 'M0 1L10 2M30 3L40 4M60 5L70 6');
});

test('a point between gaps is a dot', () => {
  assert.equal(linePath(points([0, 1], [50, 2]), 10, same), 'M-0.5 1h1M49.5 2h1');
});

test('stacks add up in order, negative values on their own side', () => {
  const layers = stackSeries([points([0, 1], [10, -2]), points([0, 2], [10, 3]), points([10, -1])]);
  assert.deepEqual(layers, [
    [{ t: 0, low: 0, high: 1 }, { t: 10, low: 0, high: -2 }],
    [{ t: 0, low: 1, high: 3 }, { t: 10, low: 0, high: 3 }],
    [{ t: 10, low: -2, high: -3 }],
  ]);
});

test('an area is closed, and a gap ends it', () => {
  assert.equal(areaPath([{ t: 0, low: 0, high: 1 }, { t: 10, low: 0, high: 2 }, { t: 40, low: 0, high: 3 }], 10, same), 'M0 1L10 2L10 0L0 0ZM37.5 3L42.5 3L42.5 0L37.5 0Z');
});

test('ticks begin at zero or at the values, and always reach over them', () => {
  assert.deepEqual(valueTicks(95, 105, true, false), [0, 25, 50, 75, 100, 125]);
  assert.deepEqual(valueTicks(95, 105, false, false), [95, 97.5, 100, 102.5, 105]);
  assert.deepEqual(valueTicks(5, 5, false, false).at(-1), 5);
  for (const [min, max] of [[-3, -1], [-1, 1], [0, 0], [1e-9, 1e9]] as const) {
    const ticks = valueTicks(min, max, false, false);
    assert.ok((ticks[0] ?? 1) <= min && (ticks.at(-1) ?? -1) >= max, `${min}..${max}: ${ticks.join()}`);
  }
});

test('the extent ignores what has no place', () => {
  assert.deepEqual(valueExtent([points([0, null], [1, Infinity], [2, 4]), points([0, -1])]), { min: -1, max: 4 });
  assert.deepEqual(valueExtent([[]]), { min: 0, max: 0 });
});

test('a value is found within half a step', () => {
  const line = points([0, 1], [10, 2], [20, 3]);
  assert.deepEqual([valueNear(line, 10, 10), valueNear(line, 14, 10), valueNear(line, 26, 10), valueNear([], 0, 10)], [2, 2, null, null]);
});
