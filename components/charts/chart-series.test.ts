import { test } from 'node:test';
import assert from 'node:assert/strict';
import { fc } from '#mesh-core/testing/property.ts';
import { extent, seriesColor, summarise, toRows, valueAt, type ChartSeries } from './chart-series.ts';
import { niceTicks, timeTicks, timeTickText } from './ticks.ts';

const aSeries = (id: string, values: readonly (number | null)[], start = 0): ChartSeries => ({ id, label: id, points: values.map((v, i) => ({ t: start + i * 10, v })) });

test('series are joined on time and a missing value is a gap, not zero', () => {
  assert.deepEqual(toRows([aSeries('a', [1, 2]), aSeries('b', [5], 10)]), [
    { t: 0, s0: 1, s1: null },
    { t: 10, s0: 2, s1: 5 },
  ]);
});

test('infinite values break the line instead of flattening the rest', () => {
  assert.equal(toRows([aSeries('a', [Number.POSITIVE_INFINITY])])[0]?.['s0'], null);
});

test('a summary ignores gaps and is empty without values', () => {
  assert.deepEqual(summarise(aSeries('a', [1, null, 3]).points), { last: 3, mean: 2, min: 1, max: 3 });
  assert.deepEqual(summarise([{ t: 0, v: null }]), { last: null, mean: null, min: null, max: null });
});

test('the value under the crosshair is the nearest within half a step', () => {
  const { points } = aSeries('a', [1, 2, 3]);
  assert.equal(valueAt(points, 12, 5), 2);
  assert.equal(valueAt(points, 16, 5), 3);
  assert.equal(valueAt(points, 90, 5), null);
  assert.equal(valueAt([], 1, 5), null);
});

test('a stack is as high as the sum of its parts', () => {
  const series = [aSeries('a', [1, 4]), aSeries('b', [2, 3])];
  assert.equal(extent(series, true).max, 7);
  assert.equal(extent(series, false).max, 4);
});

test('the thirteenth series repeats the first colour', () => {
  assert.equal(seriesColor(0), 'var(--series-1)');
  assert.equal(seriesColor(12), 'var(--series-1)');
});

test('value ticks are round, start at zero or below and reach the maximum', () => {
  assert.deepEqual(niceTicks(0, 93), [0, 25, 50, 75, 100]);
  assert.deepEqual(niceTicks(0, 0), [0, 0.25, 0.5, 0.75, 1]);
  assert.deepEqual(niceTicks(0, 5000, 4, true), [0, 2048, 4096, 6144]);
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), (max) => {
      const ticks = niceTicks(0, max);
      assert.ok((ticks.at(-1) ?? 0) >= max && ticks.length <= 8 && ticks[0] === 0);
    }),
  );
});

test('time ticks fall on round local clock times, also in zones of half an hour', () => {
  const from = Date.UTC(2026, 10, 21, 10, 3);
  const ticks = timeTicks(from, from + 15 * 60_000, 5, 330 * 60_000);
  assert.deepEqual(ticks.map((t) => timeTickText(t, 15 * 60_000, 'Asia/Kolkata')), ['15:35', '15:40', '15:45']);
});

test('tick texts show seconds in short windows and days in long ones', () => {
  const t = Date.UTC(2026, 10, 21, 10, 3, 5);
  assert.equal(timeTickText(t, 60_000, 'UTC'), '10:03:05');
  assert.equal(timeTickText(t, 3_600_000, 'UTC'), '10:03');
  assert.equal(timeTickText(t, 7 * 86_400_000, 'UTC'), '21 Nov');
});
