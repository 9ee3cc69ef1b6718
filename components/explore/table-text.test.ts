import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toCsv, toTsv } from './table-text.ts';

const table = { header: ['a', 'value'], rows: [['x,"y"', '-1.5'], ['two\nlines\tand', 'NaN'], ['=1+1', '-Inf'], ['-rm', '+Inf']] };

test('CSV quotes what it must and disarms formulas, not numbers', () => {
  assert.equal(toCsv(table), 'a,value\r\n"x,""y""",-1.5\r\n"two\nlines\tand",NaN\r\n\'=1+1,-Inf\r\n\'-rm,+Inf\r\n');
});

test('TSV keeps one row a line', () => {
  assert.equal(toTsv(table), "a\tvalue\nx,\"y\"\t-1.5\ntwo lines and\tNaN\n'=1+1\t-Inf\n'-rm\t+Inf");
});
