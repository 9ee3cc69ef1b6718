import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RolloutHistoryEntry } from '#mesh-core/domain/resources/canary-rollout.ts';
import { wantedWeights } from './weight-series.ts';

const at = (ms: number): string => new Date(ms).toISOString();
const entry = (ms: number, weight: number): RolloutHistoryEntry => ({ time: at(ms), actor: 'controller', from: 'Progressing', to: 'Progressing', weight, message: '' });
const values = (history: readonly RolloutHistoryEntry[], times: readonly number[], finishedAt?: string): (number | null)[] => wantedWeights(history, times, finishedAt).map(({ v }) => v);

test('a share lasts until the next change, and there is none before the first', () => {
  assert.deepEqual(values([entry(2000, 10), entry(5000, 50)], [1000, 2000, 4000, 5000, 9000]), [null, 10, 10, 50, 50]);
});
test('changes between two times leave the last of them', () => {
  assert.deepEqual(values([entry(2000, 10), entry(2500, 20), entry(2600, 0)], [1000, 3000]), [null, 0]);
});
test('after its end a rollout wants nothing', () => {
  assert.deepEqual(values([entry(2000, 10)], [2000, 3000, 4000], at(3000)), [10, 10, null]);
});
test('no history, no line', () => {
  assert.deepEqual(values([], [1, 2]), [null, null]);
});
