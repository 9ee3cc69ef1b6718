import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RolloutCandidate } from '#server/rollouts/schemas.ts';
import { draftOf, formFor, formIssues, newestFirst, withVersions } from './rollout-form.ts';

const version = (name: string, weight: number, p95Ms: number | null = 40): RolloutCandidate['versions'][number] => ({ version: name, subset: name, labels: { version: name }, workloads: [`payment-${name}`], instances: 1, ready: 1, weight, requestsPerSecond: weight / 10, errorRatio: 0, p95Ms });
const payment: RolloutCandidate = {
  namespace: 'shop',
  service: 'payment',
  host: 'payment.shop.svc.cluster.local',
  versions: [version('v2', 100), version('v3', 0)],
  virtualService: 'payment',
  routes: [{ index: 0, name: 'beta', hasMatch: true }, { index: 1, name: 'primary', hasMatch: false }],
  destinationRule: 'payment',
};

test('the version with the traffic is stable, the newest other one the canary, the catch-all route the one to steer', () => {
  const form = formFor(payment, new Set());
  assert.deepEqual([form.stable, form.canary, form.route, form.name], ['v2', 'v3', 1, 'payment-v3']);
});
test('a name in use gets a number', () => {
  assert.equal(formFor(payment, new Set(['payment-v3', 'payment-v3-2'])).name, 'payment-v3-3');
});
test('numbers in versions compare as numbers', () => {
  assert.deepEqual(newestFirst(['v9', 'v10', 'v2']), ['v10', 'v9', 'v2']);
});
test('"slower than" is a histogram edge well above today\'s p95', () => {
  assert.equal(formFor(payment, new Set()).slowerThanMs, 100);
  assert.equal(formFor({ ...payment, versions: [version('v2', 100, null), version('v3', 0)] }, new Set()).slowerThanMs, 500);
});
test('a suggested name follows the canary; a chosen one stays', () => {
  const form = formFor(payment, new Set());
  assert.equal(withVersions(form, payment, { stable: 'v3', canary: 'v2' }, new Set()).name, 'payment-v2');
  assert.equal(withVersions({ ...form, name: 'mine' }, payment, { stable: 'v3', canary: 'v2' }, new Set()).name, 'mine');
});
test('the draft names route, rule and subsets, and holds ratios', () => {
  const { spec, name, namespace } = draftOf({ ...formFor(payment, new Set()), errorFloorPercent: 0.5 }, payment);
  assert.deepEqual([namespace, name, spec.virtualService, spec.routeName, spec.destinationRule], ['shop', 'payment-v3', 'payment', 'primary', 'payment']);
  assert.deepEqual(spec.canary, { subset: 'v3', labels: { version: 'v3' } });
  assert.equal(spec.analysis.errors.floor, 0.005);
  assert.deepEqual(spec.analysis.latency?.edgesMs, [100]);
});
test('without the latency check the draft has none', () => {
  assert.equal(draftOf({ ...formFor(payment, new Set()), checkLatency: false }, payment).spec.analysis.latency, undefined);
});

const base = formFor(payment, new Set());
for (const [what, form, field] of [
  ['the same version twice', { ...base, canary: 'v2' }, 'canary'],
  ['a name with capitals', { ...base, name: 'Payment' }, 'name'],
  ['a falling share', { ...base, steps: [{ weight: 50, minSeconds: 1 }, { weight: 20, minSeconds: 1 }] }, 'steps.1.weight'],
  ['a share of 0', { ...base, steps: [{ weight: 0, minSeconds: 1 }] }, 'steps.0.weight'],
  ['a broken share', { ...base, steps: [{ weight: 2.5, minSeconds: 1 }] }, 'steps.0.weight'],
  ['no steps', { ...base, steps: [] }, 'steps'],
  ['a ratio below 1', { ...base, errorMaxRatio: 0.5 }, 'errorMaxRatio'],
  ['no allowed errors at all', { ...base, errorFloorPercent: 0 }, 'errorFloorPercent'],
] as const) {
  test(`${what} is said at its field`, () => {
    assert.deepEqual(formIssues(form, new Set()).map((issue) => issue.field), [field]);
  });
}
test('a good form has no issues', () => {
  assert.deepEqual(formIssues(base, new Set()), []);
});
