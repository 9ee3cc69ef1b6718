import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepPlaces } from './keep-places.ts';

const PLACES = [-1, 0, 1, 0, 3, -1].map((parent, i) => ({ parent, id: i, weight: [0, 0, 5, 1, 9, 3][i]! }));

test('the weightiest places are kept with all above them, their parents found anew', () => {
  assert.deepEqual(keepPlaces(PLACES, 2, (p) => p.weight).map((p) => [p.id, p.parent]), [[0, -1], [1, 0], [2, 1], [3, 0], [4, 3]]);
  assert.deepEqual(keepPlaces(PLACES, 1, (p) => p.weight).map((p) => [p.id, p.parent]), [[0, -1], [3, 0], [4, 1]]);
  assert.deepEqual(keepPlaces(PLACES, 6, (p) => p.weight), PLACES);
});
