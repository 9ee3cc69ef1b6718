import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitView, zoomAt } from './topology-view.ts';

test('what is under the pointer stays there', () => {
  const before = { zoom: 0.5, offsetX: 10, offsetY: -20 };
  const after = zoomAt(before, 2, 300, 200);
  const placeOf = (view: typeof before) => [(300 - view.offsetX) / view.zoom, (200 - view.offsetY) / view.zoom];
  assert.deepEqual(placeOf(after), placeOf(before));
  assert.equal(after.zoom, 1);
});

test('zoom has its ends', () => {
  assert.equal(zoomAt({ zoom: 1, offsetX: 0, offsetY: 0 }, 1e9, 0, 0).zoom, 3);
  assert.equal(zoomAt({ zoom: 1, offsetX: 0, offsetY: 0 }, 1e-9, 0, 0).zoom, 0.02);
});

test('a drawing fits whole and in the middle, and is not blown up', () => {
  assert.deepEqual(fitView({ width: 100, height: 50 }, { width: 300, height: 200 }), { zoom: 1, offsetX: 100, offsetY: 75 });
  assert.equal(fitView({ width: 1000, height: 10 }, { width: 548, height: 200 }).zoom, 0.5);
});
