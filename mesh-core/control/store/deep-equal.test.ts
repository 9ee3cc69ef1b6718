import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deepEqual } from './deep-equal.ts';

const CASES: readonly (readonly [unknown, unknown, boolean])[] = [
  [{ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 }, true],
  [{ a: undefined }, {}, true],
  [{ a: null }, {}, false],
  [[1, 2], [2, 1], false],
  [[1], [1, undefined], false],
  [[], {}, false],
  [{ 0: 'a' }, ['a'], false],
  [1, '1', false],
  [0, -0, true],
  [null, {}, false],
  [{ a: { b: { c: 1 } } }, { a: { b: { c: 2 } } }, false],
  [{ constructor: 1 }, {}, false],
];

for (const [a, b, expected] of CASES) {
  test(`${JSON.stringify(a)} and ${JSON.stringify(b)} are ${expected ? 'equal' : 'different'}`, () => {
    assert.equal(deepEqual(a, b), expected);
    assert.equal(deepEqual(b, a), expected);
  });
}
