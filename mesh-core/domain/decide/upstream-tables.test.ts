import assert from 'node:assert/strict';
import test from 'node:test';
import type { ClusterLoadAssignment, LbEndpoint } from '../envoy/resources.ts';
import { NO_OUTLIERS, isEjected, recordResult, sweep } from './outlier-detection.ts';
import type { HostResult, OutlierState } from './outlier-detection.ts';
import { eligibleEndpoints, endpointKey, pickEndpoint } from './pick-endpoint.ts';
import { retryBackoffMs, shouldRetry } from './retry.ts';
import type { TryOutcome } from './retry.ts';

const DEFAULT_RETRY_ON = 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes';

test('what is retried: the conditions of the policy, as long as tries are left', () => {
  const rows: readonly (readonly [retryOn: string, attempt: number, outcome: TryOutcome, expected: string])[] = [
    [DEFAULT_RETRY_ON, 1, { kind: 'reset', cause: 'connect-failure' }, 'retry'],
    [DEFAULT_RETRY_ON, 3, { kind: 'reset', cause: 'connect-failure' }, 'limit-reached'],
    [DEFAULT_RETRY_ON, 1, { kind: 'response', status: 503 }, 'not-retriable'],
    [DEFAULT_RETRY_ON, 1, { kind: 'response', status: 200, grpcStatus: 14 }, 'retry'],
    [DEFAULT_RETRY_ON, 1, { kind: 'reset', cause: 'reset' }, 'not-retriable'],
    ['5xx', 1, { kind: 'response', status: 500 }, 'retry'],
    ['5xx', 1, { kind: 'reset', cause: 'reset' }, 'retry'],
    ['5xx', 1, { kind: 'reset', cause: 'overflow' }, 'not-retriable'],
    ['gateway-error', 1, { kind: 'response', status: 500 }, 'not-retriable'],
    ['gateway-error', 1, { kind: 'response', status: 502 }, 'retry'],
    ['reset-before-request', 1, { kind: 'reset', cause: 'reset-before-request' }, 'retry'],
  ];
  for (const [retryOn, attempt, outcome, expected] of rows) {
    const decision = shouldRetry({ retryOn, numRetries: 2 }, attempt, outcome);
    assert.equal(decision.kind === 'stop' ? decision.reason : decision.kind, expected, `${retryOn} ${JSON.stringify(outcome)}`);
  }
  assert.deepEqual(shouldRetry(undefined, 1, { kind: 'response', status: 503 }), { kind: 'stop', reason: 'no-policy' });
});

test('the wait before a retry doubles up to ten times its base', () => {
  assert.deepEqual([1, 2, 3, 4, 5, 9].map((retry) => retryBackoffMs({}, retry, 0.999_999)), [24, 49, 99, 199, 249, 249]);
});

test('round robin gives each endpoint its weight, spread out', () => {
  const endpoints = [lb(1, 3), lb(2, 1)];
  let position = 0;
  const turns = Array.from({ length: 8 }, () => {
    const picked = pickEndpoint('ROUND_ROBIN', endpoints, { position, random: () => 0 });
    position = picked?.position ?? 0;
    return picked?.endpoint.endpoint.address.socketAddress.portValue;
  });
  assert.equal(turns.filter((port) => port === 1).length, 6);
  assert.notDeepEqual(turns.slice(0, 4), [1, 1, 1, 2]);
});

test('least request takes the less busy of two', () => {
  const numbers = [0, 0.9];
  const picked = pickEndpoint('LEAST_REQUEST', [lb(1), lb(2)], { position: 0, random: () => numbers.shift() ?? 0, activeRequests: (key) => (key.endsWith(':1') ? 5 : 1) });
  assert.equal(picked?.endpoint.endpoint.address.socketAddress.portValue, 2);
});

test('a hashed key stays on its endpoint when another one leaves', () => {
  const all = [lb(1), lb(2), lb(3), lb(4)];
  for (const hashKey of ['ann', 'ben', 'cleo', 'dan', 'eve']) {
    const before = pickEndpoint('RING_HASH', all, { position: 0, random: () => 0, hashKey });
    const gone = all.find((endpoint) => endpoint !== before?.endpoint);
    const after = pickEndpoint('RING_HASH', all.filter((endpoint) => endpoint !== gone), { position: 0, random: () => 0, hashKey });
    assert.equal(after?.endpoint, before?.endpoint);
  }
});

test('a retry avoids the hosts that were tried while others remain', () => {
  const endpoints = [lb(1), lb(2)];
  const pick = (...tried: LbEndpoint[]): number | undefined => pickEndpoint('ROUND_ROBIN', endpoints, { position: 0, random: () => 0, avoid: new Set(tried.map(endpointKey)) })?.endpoint.endpoint.address.socketAddress.portValue;
  const [one, two] = [lb(1), lb(2)];
  assert.deepEqual([pick(one), pick(two), pick(one, two)], [2, 1, 1]);
});

test('unhealthy and ejected hosts get nothing, unless too few remain; the next priority comes before panic', () => {
  const assignment = (priorities: readonly (readonly LbEndpoint[])[]): ClusterLoadAssignment => ({ clusterName: 'c', endpoints: priorities.map((lbEndpoints, priority) => ({ lbEndpoints, priority })) });
  const ports = (...args: Parameters<typeof eligibleEndpoints>): number[] => eligibleEndpoints(...args).map(({ endpoint }) => endpoint.address.socketAddress.portValue);
  const sick: LbEndpoint = { ...lb(2), healthStatus: 'UNHEALTHY' };
  assert.deepEqual(ports(assignment([[lb(1), sick]]), () => false, 50), [1]);
  assert.deepEqual(ports(assignment([[lb(1), sick, { ...sick }]]), () => false, 50).length, 3);
  assert.deepEqual(ports(assignment([[lb(1), lb(2)]]), () => true, 0), []);
  assert.deepEqual(ports(assignment([[sick], [lb(9)]]), () => false, 50), [9]);
});

test('a run of errors ejects a host, for longer each time; a success ends the run; one of a few may always go', () => {
  const config = { consecutive5xx: 3, baseEjectionTime: '10s', interval: '1s' };
  const record = (state: OutlierState, host: string, now: number, ...results: HostResult[]): OutlierState => results.reduce((so, result) => recordResult(so, config, host, result, 2, now).state, state);
  let state = record(NO_OUTLIERS, 'a', 0, 'server-error', 'server-error', 'success', 'server-error', 'server-error');
  assert.equal(isEjected(state, 'a'), false);
  state = record(state, 'a', 0, 'gateway-error');
  assert.equal(isEjected(state, 'a'), true);
  assert.equal(isEjected(record(state, 'b', 0, 'server-error', 'server-error', 'server-error'), 'b'), false, 'the second of two hosts is more than a tenth');
  assert.deepEqual(sweep(state, 9999).returned, []);
  const back = sweep(state, 10_000);
  assert.deepEqual(back.returned, ['a']);
  const again = recordResult(record(back.state, 'a', 10_000, 'server-error', 'server-error'), config, 'a', 'server-error', 2, 10_000);
  assert.equal(again.ejected?.untilMs, 30_000);
});

function lb(portValue: number, loadBalancingWeight = 1): LbEndpoint {
  return { endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue } } }, loadBalancingWeight };
}
