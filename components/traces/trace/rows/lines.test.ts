import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldSiblings } from '#server/traces/core/sibling-folds.ts';
import { visibleRows } from '#server/traces/core/visible-rows.ts';
import { columnsOf } from '../testing/columns-of.ts';
import { foldOfItem, itemAt, lineOfItem } from './lines.ts';

test('a line shows a row or a fold, and both are found again', () => {
  const columns = columnsOf([{}, { parent: 0, name: 'a' }, { parent: 0, name: 'b' }, { parent: 0, name: 'b' }]);
  const rows = visibleRows(columns, { folds: foldSiblings(columns, { least: 2 }) });
  assert.deepEqual([0, 1, 2, 3, -1].map((line) => itemAt(rows, line)), [0, 1, -1, undefined, undefined]);
  assert.deepEqual([foldOfItem(-1), foldOfItem(1), foldOfItem(undefined)], [0, -1, -1]);
  assert.deepEqual([0, 1, -1, 3, undefined].map((item) => lineOfItem(columns, rows, item)), [0, 1, 2, 2, -1]);
});
