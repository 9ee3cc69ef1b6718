import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RolloutHistoryEntry } from '#mesh-core/domain/resources/canary-rollout.ts';
import { wantedWeights } from './weight-series.ts';

const at = (ms: number): string => new Date(ms).toISOString();
const entry = (ms: number, weight: number): RolloutHistoryEntry => ({ time: at(ms), actor: 'controller', from: 'Progressing', to: 'Progressing', weight, message: '' });

test('a change is a vertical step, and the last share lasts', () => {
  assert.deepEqual(wantedWeights([entry(2000, 10), entry(5000, 50)], 1000, 9000), [
    { t: 1000, v: 0 },
    { t: 1999, v: 0 },
    { t: 2000, v: 10 },
    { t: 4999, v: 10 },
    { t: 5000, v: 50 },
    { t: 9000, v: 50 },
  ]);
});
test('changes before the window count, later ones do not', () => {
  assert.deepEqual(wantedWeights([entry(2000, 10), entry(50_000, 50)], 3000, 9000), [
    { t: 3000, v: 10 },
    { t: 9000, v: 10 },
  ]);
});
test('no history, no line', () => {
  assert.deepEqual(wantedWeights([], 0, 10), []);
});
