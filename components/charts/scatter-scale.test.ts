import { test } from 'node:test';
import assert from 'node:assert/strict';
import { logTicks, placePoints } from './scatter-scale.ts';

const point = (t: number, y: number, weight = 1) => ({ id: `${t}`, t, y, label: 'x', weight });

test('dots outside the window are left out and the rest is in time order', () => {
  const { dots } = placePoints([point(50, 1), point(10, 2), point(200, 3)], { fromMs: 0, toMs: 100, log: false });
  assert.deepEqual(dots.map((d) => [d.point.t, d.x]), [[10, 0.1], [50, 0.5]]);
});

test('on a logarithmic scale each power of ten has the same height', () => {
  const { shareOf } = placePoints([point(1, 1), point(2, 1000)], { fromMs: 0, toMs: 10, log: true });
  const step = shareOf(10) - shareOf(1);
  assert.ok(Math.abs(shareOf(100) - shareOf(10) - step) < 1e-9);
});

test('no dots is a scale, not a crash', () => {
  for (const log of [true, false]) assert.equal(placePoints([], { fromMs: 0, toMs: 10, log }).dots.length, 0);
});

test('ticks of a logarithmic scale are powers of ten', () => {
  assert.deepEqual(logTicks(1, 5000), [1, 10, 100, 1000]);
});
