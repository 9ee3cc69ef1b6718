import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goLog10, goLog2, goMax, goMin } from './go-math.ts';

test('an infinity that decides wins over NaN', () => {
  assert.deepEqual([goMax(Infinity, NaN), goMax(NaN, -Infinity), goMax(NaN, 1), goMax(1, 2)], [Infinity, NaN, NaN, 2]);
  assert.deepEqual([goMin(NaN, -Infinity), goMin(Infinity, NaN), goMin(1, NaN), goMin(1, 2)], [-Infinity, NaN, NaN, 1]);
});

test('logarithms have the bits that Go gives them', () => {
  for (let exponent = -1074; exponent < 1024; exponent += 7) assert.equal(goLog2(2 ** exponent), exponent);
  assert.deepEqual([goLog10(5), goLog10(2), goLog10(7), goLog10(1)], [0.6989700043360187, 0.3010299956639812, 0.8450980400142568, 0]);
  assert.deepEqual([goLog2(0), goLog2(-1), goLog2(Infinity), goLog2(NaN), goLog10(0)], [-Infinity, NaN, Infinity, NaN, -Infinity]);
});
