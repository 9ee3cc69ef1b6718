import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HealthReport } from './health-report.ts';

test('what is failed by hand stays so whatever the app does, until it is taken back', () => {
  const told: boolean[] = [];
  const health = new HealthReport((healthy) => told.push(healthy));
  health.takeBack();
  health.appIs(true, '');
  health.failByHand();
  health.appIs(false, 'gone');
  health.appIs(true, '');
  assert.deepEqual([told, health.isFailedByHand], [[true, false], true]);
  health.takeBack();
  assert.deepEqual([told, health.isFailedByHand], [[true, false, true], false]);
});

test('taken back while the app is down, it is the app that is down', () => {
  const told: string[] = [];
  const health = new HealthReport((healthy, message) => told.push(`${healthy} ${message}`));
  health.failByHand();
  health.appIs(false, 'nobody listens');
  health.takeBack();
  assert.deepEqual(told, ['false failed by hand (/healthcheck/fail)', 'false nobody listens']);
});
