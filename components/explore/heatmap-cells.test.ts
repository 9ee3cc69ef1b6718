import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heatColor, heatmapOf } from './heatmap-cells.ts';
import type { HistogramPoint } from './read-answer.ts';

const at = (t: number, ...buckets: [number, number, number][]): HistogramPoint => ({ t, h: { count: 1, sum: 1, buckets: buckets.map(([lower, upper, count]) => ({ ends: 'left-open', lower, upper, count })) } });

test('every bound begins a row, and a wide bucket covers several', () => {
  const { bounds, cells } = heatmapOf([at(0, [1, 2, 4], [2, 4, 0]), at(10, [1, 4, 8])]);
  assert.deepEqual(bounds, [1, 2, 4]);
  assert.deepEqual(cells, [{ t: 0, row: 0, rows: 1, count: 4, share: 1 }, { t: 10, row: 0, rows: 2, count: 8, share: 1 }]);
});

test('too many bounds are merged, and no observation is lost', () => {
  const buckets = Array.from({ length: 300 }, (_, i): [number, number, number] => [i, i + 1, 1]);
  const { bounds, cells } = heatmapOf([at(0, ...buckets)]);
  assert.ok(bounds.length <= 82);
  assert.equal(cells.reduce((sum, { count }) => sum + count, 0), 300);
});

test('nothing observed gives nothing to draw', () => {
  assert.deepEqual(heatmapOf([at(0)]), { bounds: [], cells: [] });
  assert.deepEqual([heatColor(0.0001), heatColor(1)], ['var(--heat-1)', 'var(--heat-5)']);
});
