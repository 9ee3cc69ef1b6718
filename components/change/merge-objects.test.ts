import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeObjects } from './merge-objects.ts';

const base = { metadata: { resourceVersion: '1', labels: { a: '1' } }, spec: { timeout: '1s', route: [{ s: 'v1', w: 80 }, { s: 'v2', w: 20 }] } };

const table: readonly { rule: string; mine: unknown; theirs: unknown; want: unknown; conflicts?: string[] }[] = [
  { rule: 'what only I changed is mine', mine: { ...base, spec: { ...base.spec, timeout: '2s' } }, theirs: base, want: { ...base, spec: { ...base.spec, timeout: '2s' } } },
  { rule: 'what only they changed is theirs', mine: base, theirs: { ...base, metadata: { resourceVersion: '2' } }, want: { ...base, metadata: { resourceVersion: '2' } } },
  { rule: 'changes of different fields are both kept', mine: { ...base, spec: { ...base.spec, timeout: '2s' } }, theirs: { ...base, metadata: { ...base.metadata, resourceVersion: '2' } }, want: { metadata: { resourceVersion: '2', labels: { a: '1' } }, spec: { ...base.spec, timeout: '2s' } } },
  { rule: 'items of one list are merged one by one', mine: { l: [{ w: 9 }, { w: 2 }] }, theirs: { l: [{ w: 1 }, { w: 2, x: 1 }] }, want: { l: [{ w: 9 }, { w: 2, x: 1 }] } },
  { rule: 'a field that I removed is removed', mine: { a: 1 }, theirs: { a: 1, b: 2, c: 3 }, want: { a: 1, c: 3 } },
];
const bases: Record<string, unknown> = { 'items of one list are merged one by one': { l: [{ w: 1 }, { w: 2 }] }, 'a field that I removed is removed': { a: 1, b: 2 } };
for (const { rule, mine, theirs, want, conflicts = [] } of table) test(`re-base: ${rule}`, () => assert.deepEqual(mergeObjects(bases[rule] ?? base, mine, theirs), { merged: want, conflicts }));

test('re-base: the same value changed by both is mine, and is told', () => {
  assert.deepEqual(mergeObjects({ spec: { w: 1 } }, { spec: { w: 2 } }, { spec: { w: 3 } }), { merged: { spec: { w: 2 } }, conflicts: ['spec.w'] });
});

test('re-base: lists of which both changed the length are mine as a whole, and told', () => {
  assert.deepEqual(mergeObjects({ l: [1] }, { l: [1, 2] }, { l: [0, 1] }), { merged: { l: [1, 2] }, conflicts: ['l'] });
});
