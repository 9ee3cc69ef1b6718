import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyFault, parseFaults } from './fault-state.ts';

test('no fault leaves a request alone', () => assert.deepEqual(applyFault(undefined, 0, 0), { delayMs: 0, fail: false }));
test('fails the given share of requests', () => {
  assert.equal(applyFault({ errorPercent: 30 }, 0, 0.29).fail, true);
  assert.equal(applyFault({ errorPercent: 30 }, 0, 0.3).fail, false);
});
test('a flapping version behaves every other turn', () => {
  const fault = { delayMs: 50, errorPercent: 100, flapSeconds: 10 };
  assert.deepEqual(applyFault(fault, 5_000, 0), { delayMs: 50, fail: true });
  assert.deepEqual(applyFault(fault, 15_000, 0), { delayMs: 0, fail: false });
});
test('reads the faults of a version', () => assert.deepEqual(parseFaults('{"payment-v3":{"delayMs":200}}')['payment-v3'], { delayMs: 200 }));
