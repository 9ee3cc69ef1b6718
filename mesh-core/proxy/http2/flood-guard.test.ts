import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FloodGuard } from './flood-guard.ts';

test('pings and settings are limited in ten seconds, each by itself', () => {
  const guard = new FloodGuard();
  for (let i = 0; i < 1000; i++) assert.equal(guard.count('ping', i), false);
  assert.equal(guard.count('settings', 1000), false);
  assert.equal(guard.count('ping', 1001), true);
  assert.equal(guard.count('ping', 10_500), false);
  for (let i = 1; i < 100; i++) guard.count('settings', 10_500);
  assert.equal(guard.count('settings', 10_501), false);
  assert.equal(guard.count('settings', 10_502), true);
});
test('250 streams that are reset at once are too many; as many that lived are not', () => {
  const rapid = new FloodGuard();
  for (let i = 1; i < 250; i++) assert.equal(rapid.streamEnded(true, 5), false);
  assert.equal(rapid.streamEnded(true, 5), true);
  const patient = new FloodGuard();
  for (let i = 0; i < 1000; i++) assert.equal(patient.streamEnded(true, 1500), false);
});
test('a client that resets less than half of many streams may go on', () => {
  const guard = new FloodGuard();
  for (let i = 0; i < 2000; i++) assert.equal(guard.streamEnded(i % 5 < 2, 5), false, `stream ${i}`);
});
