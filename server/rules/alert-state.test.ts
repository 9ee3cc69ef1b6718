import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advanceAlerts, indexCandidates, restoredActiveAt, type ActiveAlerts, type AlertCandidate } from './alert-state.ts';

const MINUTE = 60_000;
const candidate = (name: string, value = 1): AlertCandidate => ({ labels: { name }, annotations: { text: `is ${value}` }, value });

/** Runs evaluations one minute apart; each names who is in the result. Gives the states after each, as `name:state`. */
function run(rule: { holdMs: number; keepFiringMs: number }, results: readonly (readonly string[])[]): string[] {
  let alerts: ActiveAlerts = new Map();
  return results.map((names, i) => {
    ({ alerts } = advanceAlerts(rule, alerts, indexCandidates(names.map((name) => candidate(name))), i * MINUTE));
    return [...alerts.values()].map(({ labels, state }) => `${labels['name']}:${state}`).sort().join(' ');
  });
}

const STEPS: readonly (readonly [what: string, rule: { holdMs: number; keepFiringMs: number }, results: readonly string[], states: readonly string[]])[] = [
  ['without for it fires at once', { holdMs: 0, keepFiringMs: 0 }, ['a', 'a', '', 'a'], ['a:firing', 'a:firing', 'a:inactive', 'a:firing']],
  ['for is waited out', { holdMs: 2 * MINUTE, keepFiringMs: 0 }, ['a', 'a', 'a', ''], ['a:pending', 'a:pending', 'a:firing', 'a:inactive']],
  ['a pending one that ends is forgotten and starts anew', { holdMs: 2 * MINUTE, keepFiringMs: 0 }, ['a', 'a', '', 'a', 'a'], ['a:pending', 'a:pending', '', 'a:pending', 'a:pending']],
  ['each label set by itself', { holdMs: MINUTE, keepFiringMs: 0 }, ['a', 'a b', 'b'], ['a:pending', 'a:firing b:pending', 'a:inactive b:firing']],
  ['it goes on firing for keep_firing_for', { holdMs: 0, keepFiringMs: 2 * MINUTE }, ['a', '', '', ''], ['a:firing', 'a:firing', 'a:firing', 'a:inactive']],
  ['which starts anew when the condition holds again', { holdMs: 0, keepFiringMs: 2 * MINUTE }, ['a', '', 'a', '', '', ''], ['a:firing', 'a:firing', 'a:firing', 'a:firing', 'a:firing', 'a:inactive']],
  ['a pending one is not kept', { holdMs: 5 * MINUTE, keepFiringMs: 5 * MINUTE }, ['a', ''], ['a:pending', '']],
  ['a resolved one is remembered for 15 minutes', { holdMs: 0, keepFiringMs: 0 }, ['a', ...Array.from({ length: 17 }, () => '')], ['a:firing', ...Array.from({ length: 16 }, () => 'a:inactive'), '']],
];

test('alerts go from pending over firing to inactive as in Prometheus', () => {
  for (const [what, rule, results, states] of STEPS) assert.deepEqual(run(rule, results.map((names) => names.split(' ').filter(Boolean))), states, what);
});

test('value and texts follow the last evaluation, the start does not', () => {
  const rule = { holdMs: MINUTE, keepFiringMs: 0 };
  const first = advanceAlerts(rule, new Map(), indexCandidates([candidate('a', 1)]), 1000).alerts;
  const [alert] = advanceAlerts(rule, first, indexCandidates([candidate('a', 2)]), 1000 + MINUTE).alerts.values();
  assert.deepEqual(alert, { labels: { name: 'a' }, annotations: { text: 'is 2' }, value: 2, activeAt: 1000, state: 'firing', firedAt: 1000 + MINUTE });
});

test('a for that was made longer puts a firing alert back to pending', () => {
  const firing = advanceAlerts({ holdMs: 0, keepFiringMs: 0 }, new Map(), indexCandidates([candidate('a')]), 0).alerts;
  const [alert] = advanceAlerts({ holdMs: 5 * MINUTE, keepFiringMs: 0 }, firing, indexCandidates([candidate('a')]), MINUTE).alerts.values();
  assert.deepEqual(alert, { labels: { name: 'a' }, annotations: { text: 'is 1' }, value: 1, activeAt: 0, state: 'pending' });
});

test('two candidates of one label set are an error', () => {
  assert.throws(() => indexCandidates([candidate('a'), candidate('a')]), /vector contains metrics with the same labelset after applying alert labels/);
});

const RESTORED: readonly (readonly [what: string, input: { holdMs: number; activeAt: number; downAt: number; now: number }, activeAt: number])[] = [
  ['it was firing: the start stays', { holdMs: 20 * MINUTE, activeAt: 0, downAt: 25 * MINUTE, now: 30 * MINUTE }, 0],
  ['it was pending: the time away does not count', { holdMs: 60 * MINUTE, activeAt: 0, downAt: 20 * MINUTE, now: 25 * MINUTE }, 5 * MINUTE],
  ['it was about to fire: it waits for the grace period', { holdMs: 20 * MINUTE, activeAt: 0, downAt: 15 * MINUTE, now: 40 * MINUTE }, 30 * MINUTE],
];

test('after a restart the pending time goes on as in Prometheus', () => {
  for (const [what, input, activeAt] of RESTORED) assert.equal(restoredActiveAt({ ...input, graceMs: 10 * MINUTE }), activeAt, what);
});
