import assert from 'node:assert/strict';
import { test } from 'node:test';
import { samplingWeight } from './sampling-weight.ts';

for (const [state, weight] of [
  [undefined, 1],
  ['', 1],
  ['ot=th:0', 1],
  ['ot=th:8', 2],
  ['ot=th:c', 4],
  ['ot=rv:abcdef01234567;th:c', 4],
  ['vendor=x,ot=th:8;rv:00000000000001,b=y', 2],
  ['ot=th:fd70a4', 99.9987],
  ['vendor=th:8', 1],
  ['ot=th:C', 1],
  ['ot=th:', 1],
  ['ot=th:123456789012345', 1],
] as const) {
  test(`${state ?? 'no trace state'} stands for ${weight}`, () => assert.ok(Math.abs(samplingWeight(state) - weight) < 0.01, String(samplingWeight(state))));
}
