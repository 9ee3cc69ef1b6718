import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '#mesh-core/runtime/random.ts';
import { evidence, requestsToCatch, requestsToClear, startTest, updateLevelTest, updateRatioTest, type ArmCounts } from './e-process.ts';

const random = seededRandom(20261121);
const binomial = (n: number, p: number): number => {
  let bad = 0;
  for (let i = 0; i < n; i++) if (random() < p) bad++;
  return bad;
};
const arm = (requests: number, p: number): ArmCounts => ({ requests, bad: binomial(requests, p) });

test('a test that has seen nothing has evidence 1', () => assert.ok(Math.abs(evidence(startTest()) - 1) < 1e-12));
test('a tick without requests changes nothing', () => {
  const none = { requests: 0, bad: 0 };
  assert.deepEqual(updateRatioTest(startTest(), none, none, 1.5, 'worse'), startTest());
});
test('a clearly worse canary is caught, and its evidence that it is fine falls', () => {
  let worse = startTest();
  let fine = startTest();
  for (let i = 0; i < 10; i++) {
    worse = updateRatioTest(worse, { requests: 10, bad: 3 }, { requests: 90, bad: 1 }, 1.5, 'worse');
    fine = updateRatioTest(fine, { requests: 10, bad: 3 }, { requests: 90, bad: 1 }, 2.5, 'fine');
  }
  assert.ok(evidence(worse) > 1e6);
  assert.ok(evidence(fine) < 0.2);
});
test('an incident that hits both arms alike is no evidence against the canary', () => {
  let state = startTest();
  for (let i = 0; i < 50; i++) state = updateRatioTest(state, { requests: 50, bad: 20 }, { requests: 50, bad: 20 }, 1.5, 'worse');
  assert.ok(evidence(state) < 1);
});
test('flawless requests prove a level, at about the predicted number', () => {
  const needed = requestsToClear(0.05, 0.05);
  let state = startTest();
  let served = 0;
  while (evidence(state) < 2 / 0.05) {
    state = updateLevelTest(state, { requests: 5, bad: 0 }, 0.05, 'fine');
    served += 5;
  }
  assert.ok(served <= needed * 1.3, `${served} requests, predicted ${needed}`);
});
test('false alarms stay below alpha over 400 looks, with drifting stable and changing weights', () => {
  const runs = 400;
  let alarms = 0;
  for (let run = 0; run < runs; run++) {
    let state = startTest();
    for (let tick = 0; tick < 400; tick++) {
      const p = 0.001 + 0.019 * Math.abs(Math.sin(tick / 40));
      const weight = [0.05, 0.1, 0.25, 0.5][Math.floor(tick / 100)] ?? 0.5;
      const total = 60;
      state = updateRatioTest(state, arm(Math.round(total * weight), p), arm(Math.round(total * (1 - weight)), p), 1, 'worse');
      if (evidence(state) >= 20) {
        alarms++;
        break;
      }
    }
  }
  assert.ok(alarms / runs <= 0.05, `${alarms} of ${runs} good canaries were alarmed`);
});
test('five points worse at 100 requests per second is caught within 200 canary requests (median)', () => {
  const used: number[] = [];
  for (let run = 0; run < 60; run++) {
    let state = startTest();
    let level = startTest();
    let requests = 0;
    while (Math.min(evidence(state), evidence(level)) < 100 && requests < 5000) {
      const canary = arm(15, 0.051);
      state = updateRatioTest(state, canary, arm(135, 0.001), 1.5, 'worse');
      level = updateLevelTest(level, canary, 0.002, 'worse');
      requests += 15;
    }
    used.push(requests);
  }
  const median = used.toSorted((a, b) => a - b)[30] ?? Infinity;
  assert.ok(median <= 200, `median ${median}`);
});
test('needs no end of requests to catch what is within the bound', () => assert.equal(requestsToCatch(0.01, 1.2, 1.5, 0.01), Infinity));
