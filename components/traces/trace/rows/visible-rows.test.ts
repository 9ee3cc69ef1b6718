import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf, spansOf } from '../testing/columns-of.ts';
import { foldOfItem, nearestPlace, placesAbove, visibleRows } from './visible-rows.ts';

//  0 ─ 1 ─ 2
//      └─ 3
//  └ 4 · 5 · 6 (leaves of 0), 7 another root
const TREE = columnsOf([{}, { parent: 0 }, { parent: 1 }, { parent: 1 }, { parent: 0 }, { parent: 0 }, { parent: 0 }, {}]);
const none = new Uint8Array(8);
const at = (...rows: number[]): Uint8Array => Uint8Array.from({ length: 8 }, (_, row) => (rows.includes(row) ? 1 : 0));
const shown = (settings: Parameters<typeof visibleRows>[1]): string => {
  const rows = visibleRows(TREE, settings);
  return [...rows.items].map((item, place) => `${'.'.repeat(rows.levels[place] ?? 0)}${item < 0 ? `fold${foldOfItem(item)}` : item}`).join(' ');
};
const folds = { foldOf: Int32Array.from([-1, -1, -1, -1, 0, -1, 0, -1]), groups: [{ rows: Int32Array.from([4, 6]) }] };

test('a collapsed row hides what is below it; a leaf cannot be collapsed', () => {
  assert.equal(shown({ collapsed: none }), '0 .1 ..2 ..3 .4 .5 .6 7');
  assert.equal(shown({ collapsed: at(1, 5) }), '0 .1 .4 .5 .6 7');
});
test('a row that is lifted leaves its place to what is below it', () => {
  assert.equal(shown({ collapsed: none, lifted: at(1) }), '0 .2 .3 .4 .5 .6 7');
  assert.equal(shown({ collapsed: none, lifted: at(0, 1) }), '2 3 4 5 6 7');
  assert.equal(shown({ collapsed: at(1), lifted: at(1) }), '0 .2 .3 .4 .5 .6 7', 'what is not shown cannot be closed');
});
test('what is not kept goes with all below it', () => {
  assert.equal(shown({ collapsed: none, kept: at(0, 1, 3) }), '0 .1 ..3');
});
test('a subtree can be all there is', () => {
  assert.equal(shown({ collapsed: none, root: 1 }), '1 .2 .3');
  assert.equal(shown({ collapsed: none, root: 4, folds, openFolds: new Uint8Array(1) }), '4', 'a member of a fold as root is itself');
});
test('folded siblings are one row at the first of them, and come together below it when opened', () => {
  assert.equal(shown({ collapsed: none, folds, openFolds: new Uint8Array(1) }), '0 .1 ..2 ..3 .fold0 .5 7');
  assert.equal(shown({ collapsed: none, folds, openFolds: new Uint8Array(1).fill(1) }), '0 .1 ..2 ..3 .fold0 ..4 ..6 .5 7');
  assert.equal(shown({ collapsed: none, folds, openFolds: new Uint8Array(1), kept: at(0, 6) }), '0 .fold0');
});
test('spans below the members of an open fold keep their level', () => {
  const tree = columnsOf([{}, { parent: 0 }, { parent: 1 }, { parent: 0 }, { parent: 3 }]);
  const rows = visibleRows(tree, { collapsed: new Uint8Array(5), folds: { foldOf: Int32Array.from([-1, 0, -1, 0, -1]), groups: [{ rows: Int32Array.from([1, 3]) }] }, openFolds: Uint8Array.of(1) });
  assert.deepEqual([...rows.items], [0, -1, 1, 2, 3, 4]);
  assert.deepEqual([...rows.levels], [0, 1, 2, 3, 2, 3]);
});
test('a row that is not shown is found at the nearest one above it', () => {
  const rows = visibleRows(TREE, { collapsed: at(1) });
  assert.equal(nearestPlace(TREE, rows, 3), 1);
  assert.equal(nearestPlace(TREE, rows, 7), 5);
});
test('the places above are the nearest of each level, outermost first', () => {
  const rows = visibleRows(TREE, { collapsed: none });
  assert.deepEqual(placesAbove(rows, 3, 9), [0, 1]);
  assert.deepEqual(placesAbove(rows, 3, 1), [1]);
  assert.deepEqual(placesAbove(rows, 7, 9), []);
});
for (const shape of ['deep', 'wide', 'eight'] as const) {
  test(`100,000 spans are laid out without recursion: ${shape}`, () => {
    const columns = columnsOf(spansOf(shape, 100_000));
    assert.equal(visibleRows(columns, { collapsed: new Uint8Array(columns.count) }).count, columns.count);
    assert.equal(visibleRows(columns, { collapsed: new Uint8Array(columns.count).fill(1) }).count, 1);
  });
}
