import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePromql } from '#server/promql/parse.ts';
import { selectorText, usualQueries } from './selector-text.ts';

const SELECTORS: readonly [string, Record<string, readonly string[]>, string][] = [
  ['up', {}, 'up'],
  ['up', { job: [] }, 'up'],
  ['up', { job: ['a"b'] }, 'up{job="a\\"b"}'],
  ['up', { job: ['a.b', 'c'], x: [''] }, 'up{job=~"a\\\\.b|c", x=""}'],
  ['http.requests', { 'code.class': ['5'] }, '{"http.requests", "code.class"="5"}'],
];
for (const [metric, choice, text] of SELECTORS) test(`${text} selects ${metric}`, () => assert.equal(selectorText(metric, choice), text));

test('every usual query of every type is PromQL', () => {
  for (const metric of ['a_total', 'a_bucket', 'a', 'odd.name']) {
    for (const type of ['counter', 'gauge', 'histogram', undefined]) {
      for (const { expr } of usualQueries(metric, type, { job: ['x', 'y'] }, '1m')) assert.equal(parsePromql(expr).ok, true, expr);
    }
  }
});
