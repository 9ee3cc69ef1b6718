import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tidyTree } from './tidy-tree.ts';

test('a parent stands in the middle of its children, levels to the right', () => {
  assert.deepEqual(tidyTree([-1, 0, 0, 2, 2], { x: 10, y: 2 }), [{ x: 0, y: 1.5 }, { x: 10, y: 0 }, { x: 10, y: 3 }, { x: 20, y: 2 }, { x: 20, y: 4 }]);
});
test('a chain of 100,000 is placed without recursion', () => {
  const chain = Int32Array.from({ length: 100_000 }, (_, node) => node - 1);
  assert.deepEqual(tidyTree(chain, { x: 1, y: 1 }).at(-1), { x: 99_999, y: 0 });
});
