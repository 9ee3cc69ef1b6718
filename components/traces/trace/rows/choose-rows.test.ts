import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collapseFromLevel } from '#server/traces/core/row-masks.ts';
import { columnsOf } from '../testing/columns-of.ts';
import { carryMarks, deepestOpen, newRows, nextRow, shallowestClosed } from './choose-rows.ts';

const TREE = columnsOf([{}, { parent: 0 }, { parent: 1 }, { parent: 2 }, { parent: 0 }, { parent: 4 }]);
const marked = (marks: Uint8Array): number[] => [...marks].flatMap((mark, row) => (mark === 1 ? [row] : []));

test('one level more or less is where the tree is open now', () => {
  assert.equal(deepestOpen(TREE, new Uint8Array(6)), 2);
  assert.equal(deepestOpen(TREE, collapseFromLevel(TREE, 1)), 0);
  assert.equal(deepestOpen(TREE, collapseFromLevel(TREE, 0)), -1);
  assert.equal(shallowestClosed(TREE, collapseFromLevel(TREE, 1)), 1);
  assert.equal(shallowestClosed(TREE, new Uint8Array(6)), -1);
});
test('walking rows wraps at both ends', () => {
  assert.deepEqual([nextRow([1, 3], undefined, 1), nextRow([1, 3], 3, 1), nextRow([1, 3], 1, -1), nextRow([1, 3], 3, -1), nextRow([1, 3], 2, -1), nextRow([], 1, 1)], [1, 1, 3, 1, 1, undefined]);
});
test('a trace that has grown keeps what was marked, by span id', () => {
  const grown = columnsOf([{}, { parent: 0 }, { parent: 0 }]);
  const view = new DataView(grown.spanIds.buffer);
  view.setBigUint64(8, 77n);
  view.setBigUint64(16, 2n);
  const before = columnsOf([{}, { parent: 0 }]);
  assert.deepEqual(marked(carryMarks(before, grown, Uint8Array.of(0, 1))), [2]);
  assert.deepEqual(marked(newRows(before, grown)), [1]);
});
