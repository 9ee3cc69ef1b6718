import { test } from 'node:test';
import assert from 'node:assert/strict';
import { byStatus, rolloutStatus, worstStatus, type Status } from './status.ts';

test('the worst status wins, and nothing at all is unknown', () => {
  assert.equal(worstStatus(['healthy', 'degraded', 'idle']), 'degraded');
  assert.equal(worstStatus(['progressing', 'failing', 'degraded']), 'failing');
  assert.equal(worstStatus([]), 'unknown');
});

test('sorting puts what needs a person first', () => {
  const statuses: Status[] = ['idle', 'healthy', 'failing', 'unknown', 'degraded'];
  assert.deepEqual(statuses.sort(byStatus), ['failing', 'degraded', 'healthy', 'idle', 'unknown']);
});

test('a paused rollout is not shown as a fault, a rolled back one is', () => {
  assert.equal(rolloutStatus('Paused').status, 'idle');
  assert.equal(rolloutStatus('RolledBack').status, 'failing');
});
