import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeRows, type Place } from './place-rows.ts';

// 0 ─ 1 ─ 2
//   └ 3      4
const PLACES: readonly Place[] = [{ parent: -1, depth: 0 }, { parent: 0, depth: 1 }, { parent: 1, depth: 2 }, { parent: 0, depth: 1 }, { parent: -1, depth: 0 }];
const indexes = (rows: ReturnType<typeof placeRows>): readonly number[] => rows.map(({ place }) => place);

test('places are lines in depth-first order', () => {
  assert.deepEqual(indexes(placeRows(PLACES, new Set())), [0, 1, 2, 3, 4]);
});

test('what lies below a folded place is left out, and a leaf has nothing to fold', () => {
  const rows = placeRows(PLACES, new Set([1, 4]));
  assert.deepEqual(indexes(rows), [0, 1, 3, 4]);
  assert.deepEqual(rows.map(({ folded, children }) => [folded, children]), [[false, 2], [true, 1], [false, 0], [false, 0]]);
});

test('a kept place keeps all above it', () => {
  assert.deepEqual(indexes(placeRows(PLACES, new Set(), (place) => place === 2)), [0, 1, 2]);
});

test('a chain of 100,000 places is laid out', () => {
  assert.equal(placeRows(Array.from({ length: 100_000 }, (_, index) => ({ parent: index - 1, depth: index })), new Set()).length, 100_000);
});
