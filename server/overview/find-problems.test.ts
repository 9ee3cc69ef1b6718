import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceRow } from '#server/inventory/schemas.ts';
import { findProblems, type ProblemInput } from './find-problems.ts';

const calm: ProblemInput = { services: [], workloads: [], proxies: [], targetsDown: [], config: [], rollouts: [], configConnected: true, refusals: [], ruleGroups: [], storeState: { kind: 'ok' } };
const service = (name: string, status: 'healthy' | 'degraded' | 'failing' | 'idle'): ServiceRow => ({ namespace: 'shop', name, host: name, ports: [], workloads: [], external: false, config: [], requestsPerSecond: 1, errorRatio: 0, p95Ms: 1, health: { status, reason: 'because' } });

test('a calm mesh has no problems', () => assert.deepEqual(findProblems({ ...calm, services: [service('a', 'healthy'), service('b', 'idle')] }), []));
test('the worst comes first', () => {
  const found = findProblems({ ...calm, services: [service('a', 'degraded'), service('b', 'failing')], targetsDown: [{ name: 'x', error: 'refused' }] });
  assert.deepEqual(found.map((p) => p.title), ['b is failing', 'a is degraded', 'x cannot be scraped']);
});
test('a disk that refuses samples is told with what to do', () => {
  const [problem] = findProblems({ ...calm, storeState: { kind: 'refusing', reason: 'ENOSPC: no space left', since: 0 } });
  assert.equal(problem?.severity, 'failing');
  assert.match(problem.detail, /ENOSPC.*Free space/);
});
test('a control plane that is away is told first', () => assert.match(findProblems({ ...calm, configConnected: false })[0]?.title ?? '', /control plane/));
test('a refused configuration is told with its reason', () => {
  const proxies = [{ proxyId: 'sidecar~a', types: { route: { state: 'nack' as const, error: 'no such filter' } } }];
  assert.equal(findProblems({ ...calm, proxies })[0]?.detail, 'no such filter');
});
test('a caller that a policy turns away is told, with the way to its traces', () => {
  const [problem] = findProblems({ ...calm, refusals: [{ source: 'rogue-v1', sourceNamespace: 'shop', service: 'inventory', requestsPerSecond: 1, ratio: 1 }] });
  assert.equal(problem?.title, 'rogue-v1 is refused by inventory');
  assert.equal(problem?.href, '/traces?service=rogue.shop&tags=http.status_code%3D403');
});

test('a firing alert is a problem with its summary, a pending one is not; a rule that fails is one too', () => {
  const alert = (state: 'pending' | 'firing') => ({ labels: { severity: 'critical' }, annotations: { summary: 'Half of the requests fail' }, value: 0.5, activeAt: 0, state });
  const rule = { kind: 'alerting' as const, name: 'Errors', query: 'up', labels: {}, annotations: {}, health: 'ok' as const, lastError: '', evaluationSeconds: 0, state: 'firing' as const, holdSeconds: 0, keepFiringSeconds: 0 };
  const rules = [{ ...rule, alerts: [alert('firing'), alert('firing')] }, { ...rule, name: 'Waiting', alerts: [alert('pending')] }, { kind: 'recording' as const, name: 'job:up', query: 'up', labels: {}, health: 'err' as const, lastError: 'boom', evaluationSeconds: 0 }];
  const found = findProblems({ ...calm, ruleGroups: [{ name: 'g', file: 'f', intervalSeconds: 15, limit: 0, evaluationSeconds: 0, rules }] });
  assert.deepEqual(found, [
    { severity: 'failing', title: 'Alert Errors is firing (2)', detail: 'Half of the requests fail', href: '/alerts?q=Errors' },
    { severity: 'degraded', title: 'Rule job:up cannot be evaluated', detail: 'boom', href: '/alerts?q=job%3Aup' },
  ]);
});
