import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CanaryRolloutSpec, CanaryRolloutStatus, RolloutCheck } from '#mesh-core/domain/resources/canary-rollout.ts';
import type { Judgement } from '#server/rollouts/statistics/judge.ts';
import { decideRollout, type RolloutObservation, type RolloutRequest } from './decide-rollout.ts';

const T0 = Date.UTC(2026, 0, 1);
const spec = (over: Partial<CanaryRolloutSpec> = {}): CanaryRolloutSpec => ({
  host: 'payment',
  stable: { subset: 'v2', labels: { version: 'v2' } },
  canary: { subset: 'v3', labels: { version: 'v3' } },
  steps: [
    { weight: 10, minSeconds: 30 },
    { weight: 50, minSeconds: 30, maxSeconds: 120 },
    { weight: 100, minSeconds: 30 },
  ],
  analysis: { intervalSeconds: 5, alpha: 0.01, beta: 0.05, errors: { floor: 0.02, maxRatio: 1.5 }, onInconclusive: 'hold' },
  ...over,
});
const judgement = (verdict: Judgement['verdict']): Judgement => {
  const check: RolloutCheck = { name: 'errors', verdict, message: `it is ${verdict}`, evidenceWorse: 1, evidenceOk: 1, canary: { requests: 10, bad: 0 }, stable: { requests: 90, bad: 0 } };
  return { verdict, checks: [check], tests: [] };
};
const seen = (routeWeight: number, verdict: Judgement['verdict'] = 'ok', over: Partial<RolloutObservation> = {}): RolloutObservation => ({ routeWeight, canaryReady: 1, stableReady: 1, judgement: judgement(verdict), ...over });
const at = (seconds: number): number => T0 + seconds * 1000;
const begin = (): CanaryRolloutStatus => decideRollout(spec(), {}, seen(0), at(0));

test('starts with the first step once a canary is healthy', () => {
  assert.equal(decideRollout(spec(), {}, seen(0, 'ok', { canaryReady: 0 }), at(0)).phase, 'Pending');
  const status = begin();
  assert.deepEqual([status.phase, status.weight, status.step], ['Progressing', 10, 0]);
});
test('walks every step when all is fine, bakes, and is promoted', () => {
  let status = begin();
  const seenWeights: number[] = [];
  for (let s = 5; s < 400 && status.phase !== 'Promoted'; s += 5) {
    seenWeights.push(status.weight ?? 0);
    status = decideRollout(spec(), status, seen(status.weight ?? 0), at(s));
  }
  assert.equal(status.phase, 'Promoted');
  assert.deepEqual([...new Set(seenWeights)], [10, 50, 100]);
  assert.ok(status.finishedAt);
});
test('never leaves a step before its minimum time, however often it runs', () => {
  let status = begin();
  for (let i = 0; i < 1000; i++) status = decideRollout(spec(), status, seen(10), at(29));
  assert.equal(status.weight, 10);
});
test('does not advance without a verdict, and says what is missing', () => {
  const status = decideRollout(spec(), begin(), seen(10, 'need-data'), at(60));
  assert.deepEqual([status.phase, status.weight, status.message], ['Progressing', 10, 'it is need-data']);
});
test('a worse canary is rolled back at once, also within the minimum time', () => {
  const status = decideRollout(spec(), begin(), seen(10, 'worse'), at(5));
  assert.deepEqual([status.phase, status.weight], ['RollingBack', 0]);
  assert.equal(decideRollout(spec(), status, seen(10), at(6)).phase, 'RollingBack');
  assert.equal(decideRollout(spec(), status, seen(0), at(7)).phase, 'RolledBack');
});
test('a paused rollout keeps its weight but is still rolled back when worse', () => {
  const paused = spec({ paused: true });
  const status = decideRollout(paused, begin(), seen(10), at(500));
  assert.deepEqual([status.phase, status.weight], ['Paused', 10]);
  assert.equal(decideRollout(paused, status, seen(10, 'worse'), at(505)).phase, 'RollingBack');
});
test('a weight somebody else set freezes it until a person decides', () => {
  const drifted = decideRollout(spec(), begin(), seen(70), at(60));
  assert.equal(drifted.phase, 'Drifted');
  assert.equal(decideRollout(spec(), drifted, seen(70), at(120)).phase, 'Drifted');
  const adopt: RolloutRequest = { action: 'adopt', actor: 'user:x' };
  const adopted = decideRollout(spec(), drifted, seen(70), at(120), adopt);
  assert.deepEqual([adopted.phase, adopted.weight, adopted.step], ['Progressing', 70, 1]);
  const restored = decideRollout(spec(), drifted, seen(70), at(120), { action: 'restore', actor: 'user:x' });
  assert.deepEqual([restored.phase, restored.weight], ['Progressing', 10]);
});
test('a restart between deciding and writing the weight is not taken for drift', () => {
  const status: CanaryRolloutStatus = { ...begin(), weight: 50, step: 1, appliedWeight: 10, stepStartedAt: new Date(at(60)).toISOString() };
  assert.equal(decideRollout(spec(), status, seen(10), at(61)).phase, 'Progressing');
  assert.equal(decideRollout(spec(), status, seen(30), at(61)).phase, 'Drifted');
});
test('a crash before the very first write is not taken for drift either', () => {
  for (const routeWeight of [0, 7]) {
    const status = decideRollout(spec(), {}, seen(routeWeight), at(0));
    assert.equal(decideRollout(spec(), status, seen(routeWeight, 'no-data'), at(20)).phase, 'Progressing');
  }
});
test('time with a weight that is not on the route yet is no time at the step', () => {
  const crashed = decideRollout(spec(), {}, seen(0), at(0));
  const resumed = decideRollout(spec(), crashed, seen(0), at(3600));
  assert.deepEqual([resumed.phase, resumed.weight, resumed.stepStartedAt], ['Progressing', 10, new Date(at(3600)).toISOString()]);
  assert.equal(decideRollout(spec(), resumed, seen(10), at(3629)).weight, 10);
  assert.equal(decideRollout(spec(), resumed, seen(10), at(3630)).weight, 50);
});
test('a crash before a restored weight is written is no new drift', () => {
  const restored = decideRollout(spec(), { ...begin(), phase: 'Drifted' }, seen(70), at(1), { action: 'restore', actor: 'user:x' });
  assert.deepEqual([decideRollout(spec(), restored, seen(70), at(2)).phase, decideRollout(spec(), restored, seen(71), at(2)).phase], ['Progressing', 'Drifted']);
});
test('other destinations on the route hold it: before the start it waits, later it drifts until they are gone', () => {
  const others = { otherDestinations: '10 % to v1' };
  const waiting = decideRollout(spec(), {}, seen(0, 'ok', others), at(0));
  assert.deepEqual([waiting.phase, waiting.weight], ['Pending', undefined]);
  assert.match(waiting.message ?? '', /also sends 10 % to v1/);
  const drifted = decideRollout(spec(), begin(), seen(10, 'ok', others), at(60));
  assert.equal(drifted.phase, 'Drifted');
  for (const action of ['adopt', 'restore', 'promote', 'advance'] as const) assert.equal(decideRollout(spec(), drifted, seen(10, 'ok', others), at(61), { action, actor: 'user:x' }), drifted);
  assert.equal(decideRollout(spec(), drifted, seen(10), at(62)).phase, 'Progressing');
  assert.equal(decideRollout(spec(), drifted, seen(10, 'ok', others), at(61), { action: 'abort', actor: 'user:x' }).phase, 'RollingBack');
});
test('an abort before the first step ends it without a write', () => {
  const status = decideRollout(spec(), {}, seen(0, 'ok', { canaryReady: 0 }), at(0), { action: 'abort', actor: 'user:x' });
  assert.deepEqual([status.phase, status.weight, status.finishedAt], ['RolledBack', undefined, new Date(T0).toISOString()]);
});
test('a rollback whose route is gone ends and says so', () => {
  const { routeWeight: _, ...gone } = seen(0);
  const lost = { ...gone, routeWeight: undefined, routeProblem: 'there is no VirtualService' };
  const status = decideRollout(spec(), begin(), lost, at(5));
  assert.equal(status.phase, 'RollingBack');
  const ended = decideRollout(spec(), status, lost, at(6));
  assert.deepEqual([ended.phase, ended.finishedAt], ['Stuck', new Date(at(6)).toISOString()]);
  assert.match(ended.message ?? '', /there is no VirtualService/);
});
test('a resumed rollout begins its step anew: no pause counts as time without a verdict', () => {
  const policy = spec({ analysis: { ...spec().analysis, onInconclusive: 'promote' } });
  const paused = decideRollout({ ...policy, paused: true }, begin(), seen(10, 'need-data'), at(5));
  const resumed = decideRollout(policy, paused, seen(10, 'need-data'), at(9000));
  assert.deepEqual([resumed.phase, resumed.weight, resumed.stepStartedAt], ['Progressing', 10, new Date(at(9000)).toISOString()]);
  assert.equal(decideRollout(policy, resumed, seen(10, 'ok'), at(9029)).weight, 10);
  assert.equal(decideRollout(policy, resumed, seen(10, 'ok'), at(9030)).weight, 50);
});
test('a person may advance a paused rollout one step; it stays paused', () => {
  const paused = spec({ paused: true });
  const status = decideRollout(paused, { ...begin(), phase: 'Paused' }, seen(10), at(5), { action: 'advance', actor: 'user:x' });
  assert.equal(status.weight, 50);
  assert.deepEqual([decideRollout(paused, status, seen(50), at(500)).phase, decideRollout(paused, status, seen(50), at(500)).weight], ['Paused', 50]);
});
test('at all traffic time alone is the evidence, also after metrics were away', () => {
  const { judgement: _, ...blind } = seen(100);
  const baking = { ...begin(), phase: 'Baking' as const, step: 2, weight: 100, lastTickAt: new Date(T0).toISOString() };
  const held = decideRollout(spec(), baking, blind, at(10));
  assert.equal(held.phase, 'Holding');
  assert.equal(decideRollout(spec(), held, seen(100, 'need-data'), at(20)).phase, 'Baking');
  assert.equal(decideRollout(spec(), held, seen(100, 'need-data'), at(31)).phase, 'Promoted');
});
test('time spent waiting for the start does not count as time without metrics', () => {
  const half = spec({ steps: [{ weight: 50, minSeconds: 30 }] });
  const started = decideRollout(half, { phase: 'Pending', lastTickAt: new Date(T0).toISOString() }, seen(0), at(9000));
  const { judgement: _, ...blind } = seen(50);
  assert.equal(decideRollout(half, started, blind, at(9005)).phase, 'Holding');
});
test('an inconclusive step follows the rollout\'s own policy', () => {
  const late = (onInconclusive: 'hold' | 'promote' | 'abort'): CanaryRolloutStatus => {
    const s = spec({ analysis: { ...spec().analysis, onInconclusive } });
    return decideRollout(s, { ...begin(), step: 1, weight: 50, stepStartedAt: new Date(T0).toISOString() }, seen(50, 'need-data'), at(121));
  };
  assert.equal(late('hold').phase, 'Holding');
  assert.equal(late('abort').phase, 'RollingBack');
  assert.equal(late('promote').weight, 100);
});
test('without metrics it holds, and takes a large canary back after five minutes', () => {
  const { judgement: _, ...blind } = seen(50);
  const status = { ...begin(), step: 1, weight: 50, lastTickAt: new Date(T0).toISOString() };
  assert.equal(decideRollout(spec(), status, blind, at(60)).phase, 'Holding');
  assert.equal(decideRollout(spec(), status, blind, at(301)).phase, 'RollingBack');
});
test('people can promote and abort', () => {
  assert.equal(decideRollout(spec(), begin(), seen(10), at(1), { action: 'promote', actor: 'user:x' }).weight, 100);
  const aborted = decideRollout(spec(), begin(), seen(10), at(1), { action: 'abort', actor: 'user:x' });
  assert.deepEqual([aborted.phase, aborted.history?.at(-1)?.actor], ['RollingBack', 'user:x']);
});
test('a canary without instances is rolled back', () => assert.equal(decideRollout(spec(), begin(), seen(10, 'ok', { canaryReady: 0 }), at(5)).phase, 'RollingBack'));
test('a finished rollout never changes again', () => {
  const done: CanaryRolloutStatus = { phase: 'Promoted', weight: 100 };
  assert.equal(decideRollout(spec(), done, seen(0, 'worse'), at(5)), done);
});
