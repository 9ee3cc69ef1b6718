import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf } from '../testing/columns-of.ts';
import { carryMarks, collapseToDepth, collapseToTargets, deepestOpen, newRows, nextRow, shallowestClosed, withAncestors, withRelatives } from './choose-rows.ts';

const TREE = columnsOf([{}, { parent: 0 }, { parent: 1 }, { parent: 2 }, { parent: 0 }, { parent: 4 }]);
const marked = (marks: Uint8Array): number[] => [...marks].flatMap((mark, row) => (mark === 1 ? [row] : []));

test('collapsing to a depth closes what is at it and below', () => {
  assert.deepEqual(marked(collapseToDepth(TREE, 0)), [0, 1, 2, 4]);
  assert.deepEqual(marked(collapseToDepth(TREE, 1)), [1, 2, 4]);
});
test('collapsing to targets opens only the ways to them', () => {
  assert.deepEqual(marked(collapseToTargets(TREE, [2])), [2, 4]);
  assert.deepEqual(marked(collapseToTargets(TREE, [])), [0, 1, 2, 4]);
});
test('ancestors and relatives of targets', () => {
  assert.deepEqual(marked(withAncestors(TREE, [3, 5], false)), [0, 1, 2, 4]);
  assert.deepEqual(marked(withAncestors(TREE, [3], true)), [0, 1, 2, 3]);
  assert.deepEqual(marked(withRelatives(TREE, [4])), [0, 4, 5]);
});
test('one level more or less is where the tree is open now', () => {
  assert.equal(deepestOpen(TREE, new Uint8Array(6)), 2);
  assert.equal(deepestOpen(TREE, collapseToDepth(TREE, 1)), 0);
  assert.equal(deepestOpen(TREE, collapseToDepth(TREE, 0)), -1);
  assert.equal(shallowestClosed(TREE, collapseToDepth(TREE, 1)), 1);
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
