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
