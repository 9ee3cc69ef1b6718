import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainRows } from './explain-tree.ts';

const part = (parent: number, text: string, milliseconds: number) => ({ parent, text, kind: 'call', series: 1, samples: 2, milliseconds });

test('gives depth, own time and the slowest part', () => {
  const rows = explainRows([part(-1, 'a + b', 10), part(0, 'a', 6), part(0, 'b', 3)], 'a + b');
  assert.deepEqual(rows.map(({ depth, ownMilliseconds, slowest }) => [depth, ownMilliseconds, slowest]), [[0, 1, false], [1, 6, true], [1, 3, false]]);
  assert.deepEqual(rows.map(({ share }) => share), [0.1, 0.6, 0.3]);
});

test('a part that is measured shorter than its own parts has no own time', () => {
  assert.deepEqual(explainRows([part(-1, 'sum(a)', 1), part(0, 'a', 2)], 'sum(a)').map(({ ownMilliseconds }) => ownMilliseconds), [0, 2]);
});

test('finds parts in the query whatever its white space, equal ones in order, and no name within another', () => {
  const query = 'sum(\n  up\n) / count( up ) + cup';
  const rows = explainRows([part(-1, 'sum(up) / count(up) + cup', 1), part(0, 'sum(up)', 1), part(1, 'up', 1), part(0, 'count(up)', 1), part(3, 'up', 1), part(0, 'cup', 1), part(0, 'gone', 1)], query);
  assert.deepEqual(rows.map(({ place }) => (place === undefined ? undefined : query.slice(place.from, place.to))), [query, 'sum(\n  up\n)', 'up', 'count( up )', 'up', 'cup', undefined]);
  assert.deepEqual([rows[2]?.place?.from, rows[4]?.place?.from], [7, 21]);
});
