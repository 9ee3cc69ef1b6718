import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { keepEqual } from './keep-equal.ts';

test('an equal value is the old one; of another, the equal parts are', () => {
  const before = { list: [{ name: 'a', n: 1 }, { name: 'b', n: 2 }], rest: { x: [1] } };
  assert.equal(keepEqual(before, structuredClone(before)), before);
  const after = keepEqual(before, { list: [{ name: 'a', n: 1 }, { name: 'b', n: 3 }], rest: { x: [1] } });
  assert.deepEqual(after.list[1], { name: 'b', n: 3 });
  assert.deepEqual([after.list[0] === before.list[0], after.rest === before.rest], [true, true]);
});

test('named elements are found wherever they stand', () => {
  const before = [{ name: 'b' }, { name: 'c' }];
  const after = keepEqual(before, [{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
  assert.deepEqual([after[1] === before[0], after[2] === before[1]], [true, true]);
});

test('whatever was before, the result equals the new value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
      assert.deepEqual(keepEqual(before, after), after);
    }),
    { interruptAfterTimeLimit: 500 },
  );
});
