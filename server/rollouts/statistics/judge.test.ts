import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RolloutAnalysis } from '#mesh-core/domain/resources/canary-rollout.ts';
import { judgeTick, type Judgement } from './judge.ts';

const analysis: RolloutAnalysis = { intervalSeconds: 5, alpha: 0.01, beta: 0.05, errors: { floor: 0.02, maxRatio: 1.5 }, onInconclusive: 'hold' };
const ticks = (n: number, canary: [number, number], stable: [number, number], from: Judgement = { verdict: 'no-data', checks: [], tests: [] }): Judgement => {
  let j = from;
  for (let i = 0; i < n; i++) j = judgeTick(analysis, j.tests, j.checks, [{ name: 'errors', canary: { requests: canary[0], bad: canary[1] }, stable: { requests: stable[0], bad: stable[1] } }]);
  return j;
};

test('no canary requests is no data, never ok', () => assert.equal(ticks(20, [0, 0], [100, 0]).verdict, 'no-data'));
test('a good canary needs data first, then is ok', () => {
  assert.equal(ticks(1, [5, 0], [50, 0]).verdict, 'need-data');
  assert.equal(ticks(40, [5, 0], [50, 0]).verdict, 'ok');
});
test('a bad canary is held, then worse', () => {
  const early = ticks(2, [8, 3], [50, 0]);
  assert.ok(['hold', 'worse'].includes(early.verdict), early.verdict);
  assert.equal(ticks(6, [8, 3], [50, 0]).verdict, 'worse');
});
test('an outage of both arms aborts nobody', () => assert.notEqual(ticks(60, [20, 8], [20, 8]).verdict, 'worse'));
test('a canary worse than a spotless stable but below the floor is not aborted', () => assert.notEqual(ticks(100, [100, 1], [900, 0]).verdict, 'worse'));
test('says how many requests are still needed', () => {
  const check = ticks(1, [5, 0], [50, 0]).checks[0];
  assert.ok((check?.requestsNeeded ?? 0) > 0);
  assert.match(check?.message ?? '', /more canary requests/);
});
test('the state carried between ticks is eight numbers a test', () => {
  for (const t of ticks(3, [5, 0], [50, 0]).tests) assert.equal(t.logLikelihoods.length, 8);
});
