import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TargetStatus } from '#server/scrape/target-status.ts';
import { poolLabel, targetComplaint, targetKey, targetName, targetRank, targetSelector, targetStatus } from './read-target.ts';

function aTarget(own: Partial<TargetStatus> = {}): TargetStatus {
  return { discoveredLabels: {}, labels: { job: 'j', instance: 'h:1' }, scrapePool: 'p', scrapeUrl: 'http://h:1/metrics', health: 'up', lastError: '', lastScrapeDuration: 0, samples: 0, scrapeIntervalSeconds: 5, scrapeTimeoutSeconds: 5, ...own };
}

test('what needs a person comes first: down, not yet scraped, up with samples left out, up', () => {
  const targets = [aTarget(), aTarget({ lastWarning: '1 sample was left out' }), aTarget({ health: 'unknown' }), aTarget({ health: 'down', lastError: 'refused' })];
  assert.deepEqual(targets.map(targetRank), [3, 2, 1, 0]);
  assert.deepEqual(targets.map((target) => targetStatus(target).status), ['healthy', 'degraded', 'unknown', 'failing']);
  assert.deepEqual(targets.map(targetComplaint), [undefined, '1 sample was left out', undefined, 'refused']);
});

test('two targets of one address are told apart by their labels', () => {
  assert.notEqual(targetKey(aTarget({ labels: { job: 'j', instance: 'a' } })), targetKey(aTarget({ labels: { job: 'j', instance: 'b' } })));
});

test('its series are selected by what tells it from others', () => {
  assert.equal(targetSelector('up', aTarget({ labels: { job: 'a"b', instance: 'h:1', env: 'x' } })), 'up{job="a\\"b",instance="h:1"}');
  assert.equal(targetName(aTarget({ labels: { workload: 'w', job: 'j' } })), 'w');
});

test('a pool tells how many of its targets are up', () => {
  assert.equal(poolLabel('p', [aTarget(), aTarget({ health: 'down' }), aTarget({ scrapePool: 'other' })]), 'p · 1/2 up');
});
