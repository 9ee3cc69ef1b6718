import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnWidth, labelColumns, tableRows, textTable } from './table-rows.ts';

const query = (letter: string) => ({ letter, index: 0, expr: '', legend: '', disabled: false });
const notes = { warnings: [], infos: [] };
const rows = tableRows([
  { query: query('A'), result: { type: 'vector', ...notes, series: [{ labels: { b: '1', __name__: 'up' }, points: [{ t: 1, v: 2.5 }], histograms: [] }, { labels: { a: 'x' }, points: [{ t: 1, v: null }], histograms: [] }] } },
  { query: query('B'), result: { type: 'string', text: 'hello', ...notes, series: [] } },
  { query: query('C'), result: undefined },
]);

test('every series is a row, and a string is one', () => {
  assert.deepEqual(rows.map(({ letter, value, text }) => [letter, value, text]), [['A', 2.5, undefined], ['A', null, undefined], ['B', null, 'hello']]);
  assert.deepEqual(labelColumns(rows), ['__name__', 'a', 'b']);
});

test('as text it has all labels and full values', () => {
  assert.deepEqual(textTable(rows, false, true), {
    header: ['query', 'metric', 'a', 'b', 'value'],
    rows: [['A', 'up', '', '1', '2.5'], ['A', '', 'x', '', 'NaN'], ['B', '', '', '', 'hello']],
  });
  const range = tableRows([{ query: query('A'), result: { type: 'matrix', ...notes, series: [{ labels: {}, points: [{ t: 1, v: 1 }, { t: 2, v: 3 }], histograms: [] }] } }]);
  assert.deepEqual(textTable(range, true, false), { header: ['last', 'mean', 'min', 'max'], rows: [['3', '2', '1', '3']] });
});

test('columns are as wide as their texts, within bounds', () => {
  assert.equal(columnWidth('a', rows), 80);
  const long = rows.map((row) => ({ ...row, labels: { a: 'x'.repeat(200) } }));
  assert.equal(columnWidth('a', long), 300);
});
