import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInstantQuery } from '#server/promql/engine.ts';
import { Head } from '#server/timeseries/head.ts';
import { bucketBoundPattern } from './bucket-bound-pattern.ts';

test('both spellings of a bound are found, and no other bound', () => {
  const head = new Head();
  for (const le of ['0.5', '0.50', '05', '5', '5.0', '50', '50.0', '250', '250.0', '2500', '+Inf']) head.append({ __name__: 'b', le }, 1000, 1);
  const { value } = runInstantQuery(head, `b{le=~"${bucketBoundPattern([0.5, 5, 250])}"}`, 1000);
  const found = value.resultType === 'vector' ? value.result.map(({ metric }) => metric['le']) : [];
  assert.deepEqual(new Set(found), new Set(['+Inf', '0.5', '250', '250.0', '5', '5.0']));
});
