import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillLegend, fullName, seriesNames } from './series-name.ts';

test('a legend takes the values of labels, and nothing for one that is not there', () => {
  assert.equal(fillLegend('{{a}} → {{ b }} {{c}}!', { a: '1', b: '2' }), '1 → 2 !');
});

test('a series is written as PromQL writes it', () => {
  assert.equal(fullName({ __name__: 'up', job: 'a"b' }), 'up{job="a\\"b"}');
  assert.equal(fullName({ __name__: 'up' }), 'up');
  assert.equal(fullName({ 'http.code': '1' }), '{"http.code"="1"}');
  assert.equal(fullName({}), '{}');
});

const NAMES: readonly [string, Parameters<typeof seriesNames>, readonly string[]][] = [
  ['one differing label: its value', [[{ a: 'x', j: '1' }, { a: 'y', j: '1' }], '', ''], ['x', 'y']],
  ['a missing label is said', [[{ a: 'x' }, {}], '', ''], ['x', 'no a']],
  ['a few: their values', [[{ a: 'x', b: '1' }, { a: 'y' }], '', ''], ['x · 1', 'y · –']],
  ['many: name and value', [[{ a: 'x', b: '1', c: '1', d: '1' }, { a: 'y', b: '2', c: '2' }], '', ''], ['a=x, b=1, c=1, d=1', 'a=y, b=2, c=2']],
  ['metrics that differ are named', [[{ __name__: 'up', a: 'x' }, { __name__: 'down', a: 'y' }], '', ''], ['up x', 'down y']],
  ['one series without labels: the query', [[{}], '', 'sum(\n  up\n)'], ['sum( up )']],
  ['one series with labels: all of them', [[{ __name__: 'up', a: 'x' }], '', 'up'], ['up{a="x"}']],
  ['a legend wins; an empty one falls back', [[{ a: 'x' }, { b: 'y' }], '{{a}}', ''], ['x', '{b="y"}']],
];
for (const [rule, input, names] of NAMES) test(`series names: ${rule}`, () => assert.deepEqual(seriesNames(...input), names));
