import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { activeQueries, letterOf, MAX_QUERIES, paramsFromRows, rowsFromParams } from './query-rows.ts';

test('rows survive the URL', () => {
  const row = fc.record({ expr: fc.string(), legend: fc.string(), disabled: fc.boolean() }, { noNullPrototype: true });
  fc.assert(fc.property(fc.array(row, { maxLength: MAX_QUERIES }), (rows) => assert.deepEqual(rowsFromParams(paramsFromRows(rows)), rows)), { numRuns: 200 });
});

test('legends after the last one that is there stay out of the URL', () => {
  const rows = [{ expr: 'a', legend: '', disabled: false }, { expr: 'b', legend: '{{x}}', disabled: true }, { expr: 'c', legend: '', disabled: false }];
  assert.deepEqual(paramsFromRows(rows), { q: ['a', 'b', 'c'], legend: ['', '{{x}}'], off: 'B' });
});

test('only rows that are on and not empty are asked, under the letter of their place', () => {
  const rows = rowsFromParams({ q: ['up', ' ', 'down', 'x'], legend: [], off: 'DZ' });
  assert.deepEqual(activeQueries(rows).map(({ letter, expr }) => [letter, expr]), [['A', 'up'], ['C', 'down']]);
  assert.equal(letterOf(25), 'Z');
});
