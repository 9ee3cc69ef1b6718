import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainRows } from './explain-tree.ts';

const part = (parent: number, text: string, milliseconds: number) => ({ parent, text, span: { start: 0, end: 1 }, kind: 'call', series: 1, samples: 2, milliseconds });

test('gives depth, own time and the slowest part', () => {
  const rows = explainRows([part(-1, 'a + b', 10), part(0, 'a', 6), part(0, 'b', 3)]);
  assert.deepEqual(rows.map(({ depth, ownMilliseconds, slowest }) => [depth, ownMilliseconds, slowest]), [[0, 1, false], [1, 6, true], [1, 3, false]]);
  assert.deepEqual(rows.map(({ share }) => share), [0.1, 0.6, 0.3]);
});

test('a part that is measured shorter than its own parts has no own time', () => {
  assert.deepEqual(explainRows([part(-1, 'sum(a)', 1), part(0, 'a', 2)]).map(({ ownMilliseconds }) => ownMilliseconds), [0, 2]);
});
