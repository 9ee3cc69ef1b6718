import { test } from 'node:test';
import assert from 'node:assert/strict';
import { filterRows, sortParser, sortRows } from './table-state.ts';

test('rows without data come last in both directions', () => {
  assert.deepEqual(sortRows([3, null, 1, Number.NaN], (v) => v, false), [1, 3, null, Number.NaN]);
  assert.deepEqual(sortRows([3, null, 1], (v) => v, true), [3, 1, null]);
});

test('text sorts as people read it', () => {
  assert.deepEqual(sortRows(['v10', 'V2', 'v1'], (v) => v, false), ['v1', 'V2', 'v10']);
});

test('equal rows keep their order', () => {
  const rows = [{ id: 'a', n: 1 }, { id: 'b', n: 1 }, { id: 'c', n: 1 }];
  assert.deepEqual(sortRows(rows, (r) => r.n, true), rows);
});

test('a filter wants every word and refuses words after a minus', () => {
  const rows = ['shop catalog v1', 'shop catalog v2', 'bank'];
  assert.deepEqual(filterRows(rows, (r) => r, 'CATALOG -v2'), ['shop catalog v1']);
  assert.deepEqual(filterRows(rows, (r) => r, ' - '), rows);
});

test('an order survives the URL, and nonsense is refused', () => {
  for (const order of [{ column: 'rate', descending: true }, { column: 'name', descending: false }]) assert.deepEqual(sortParser.parse(sortParser.serialize(order)), order);
  for (const bad of ['', '-', '--x']) assert.equal(sortParser.parse(bad), null);
});
