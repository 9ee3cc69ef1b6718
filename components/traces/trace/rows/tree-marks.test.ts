import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MARKS } from '#server/traces/view/trace-columns.ts';
import { columnsOf } from '../testing/columns-of.ts';
import { shallowestClosed } from './choose-rows.ts';
import { differing, keysOfMarks, marksOfBase, marksOfKeys, openedTo, type TreeTargets } from './tree-marks.ts';

// 0 ─ 1 ─ 2 ─ 3
//   └ 4 ─ 5
const TREE = columnsOf([{}, { parent: 0 }, { parent: 1 }, { parent: 2 }, { parent: 0 }, { parent: 4 }]);
const TARGETS: TreeTargets = { matches: undefined, errors: [3], path: [] };
const rows = (marks: Uint8Array): number[] => [...marks].flatMap((mark, row) => (mark === 1 ? [row] : []));

test('a base closes from a level on, or all that does not lead to what it keeps open', () => {
  const closed = (base: Parameters<typeof marksOfBase>[1], targets = TARGETS): number[] => rows(marksOfBase(TREE, base, targets).collapsed);
  assert.deepEqual([closed('usual'), closed('open'), closed(0), closed(1)], [[], [], [0, 1, 2, 4], [1, 2, 4]]);
  assert.deepEqual(closed('errors'), [4]);
  assert.deepEqual(closed('matches', { ...TARGETS, matches: Int32Array.of(4) }), [1, 2, 4]);
  assert.deepEqual([rows(marksOfBase(TREE, 'open', TARGETS).opened), rows(marksOfBase(TREE, 0, TARGETS).opened)], [[0, 1, 2, 3, 4, 5], []]);
});

test('open on the ways to nothing is as the tree comes', () => {
  for (const base of ['matches', 'path'] as const) assert.deepEqual(rows(marksOfBase(TREE, base, TARGETS).collapsed), []);
  assert.deepEqual(rows(marksOfBase(TREE, 'matches', { ...TARGETS, matches: [] }).collapsed), []);
});

test('changes by hand are the difference to the base, and give the marks again with it', () => {
  const { collapsed } = marksOfBase(TREE, 1, TARGETS);
  const byHand = Uint8Array.of(0, 0, 1, 0, 1, 0);
  assert.deepEqual(rows(differing(byHand, collapsed)), [1]);
  assert.deepEqual(differing(collapsed, differing(byHand, collapsed)), byHand);
});

test('one level more of a level is the next level, and what was opened deeper stays', () => {
  const { collapsed } = marksOfBase(TREE, 1, TARGETS);
  const byHand = differing(collapsed, Uint8Array.of(0, 0, 1, 0, 0, 0));
  const depth = shallowestClosed(TREE, byHand);
  const more = byHand.map((mark, row) => ((TREE.depth[row] ?? 0) <= depth ? 0 : mark));
  assert.deepEqual([openedTo(1, depth), rows(differing(more, marksOfBase(TREE, openedTo(1, depth), TARGETS).collapsed))], [2, [2]]);
  assert.deepEqual([openedTo('errors', 3), openedTo('usual', 0)], ['errors', 'usual']);
});

test('rows are named by their span ids, of which as many are given as are asked for', () => {
  const marks = Uint8Array.of(0, 1, 1, 0, 1, 0);
  assert.deepEqual(keysOfMarks(TREE, marks, 5), ['0000000000000002', '0000000000000003', '0000000000000005']);
  assert.equal(keysOfMarks(TREE, marks, 1).length, 2);
  assert.deepEqual(marksOfKeys(TREE, [...keysOfMarks(TREE, marks, 5), 'ffffffffffffffff']), marks);
  const twice = columnsOf([{ marks: MARKS.duplicateId }, { parent: 0, marks: MARKS.duplicateId }]);
  twice.spanIds.fill(7);
  assert.deepEqual(rows(marksOfKeys(twice, keysOfMarks(twice, Uint8Array.of(0, 1), 5))), [1]);
});
