import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renewalDelayMs } from './workload-certificate.ts';

const DAY = 86_400_000;

test('a certificate is renewed at half of its life, moved by one percent at most', () => {
  assert.equal(renewalDelayMs(0, DAY, 0, 0.5), DAY / 2);
  assert.equal(renewalDelayMs(0, DAY, 0, 0), DAY * 0.49);
  assert.equal(renewalDelayMs(0, DAY, DAY / 4, 0.5), DAY / 4);
});
test('one that is overdue is renewed now, and a very long life does not overflow the timer', () => {
  assert.equal(renewalDelayMs(0, DAY, DAY, 0.5), 0);
  assert.equal(renewalDelayMs(0, 100 * DAY, 0, 0.5), 2 ** 31 - 1);
});
