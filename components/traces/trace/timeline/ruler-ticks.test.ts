import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rulerTicks } from './ruler-ticks.ts';

const S = 1e9;

test('ticks are round in what they are told in', () => {
  assert.deepEqual(rulerTicks({ from: 0, to: 67e6 }, 4), [0, 20e6, 40e6, 60e6]);
  assert.deepEqual(rulerTicks({ from: 0, to: 1806 * S }, 4), [0, 600 * S, 1200 * S, 1800 * S]);
  assert.deepEqual(rulerTicks({ from: 0, to: 4 * 3600 * S }, 4).map((tick) => tick % (3600 * S)), [0, 0, 0, 0, 0]);
  assert.deepEqual(rulerTicks({ from: 0, to: 3 * 86_400 * S }, 3).map((tick) => tick / (86_400 * S)), [0, 1, 2, 3]);
});

test('of a part of the trace, ticks are counted from its start', () => {
  assert.deepEqual(rulerTicks({ from: 1250e6, to: 1350e6 }, 2), [1250e6, 1300e6, 1350e6]);
  assert.deepEqual(rulerTicks({ from: 5, to: 5 }, 4), [5]);
});
