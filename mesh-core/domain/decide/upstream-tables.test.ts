import assert from 'node:assert/strict';
import test from 'node:test';
import type { OutlierDetection } from '../envoy/resources.ts';
import { NO_OUTLIERS, isEjected, recordResult, sweep } from './outlier-detection.ts';
import type { HostResult, OutlierState } from './outlier-detection.ts';
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
    ['5xx', 1, { kind: 'response', status: 503, overloaded: true }, 'not-retriable'],
    ['5xx', 1, { kind: 'response', status: 503, rateLimited: true }, 'not-retriable'],
    ['envoy-ratelimited', 1, { kind: 'response', status: 429, rateLimited: true }, 'retry'],
    ['retriable-4xx', 1, { kind: 'response', status: 409 }, 'retry'],
    ['refused-stream', 1, { kind: 'reset', cause: 'refused-stream' }, 'retry'],
    ['reset-before-request', 1, { kind: 'reset', cause: 'refused-stream' }, 'not-retriable'],
    ['internal,resource-exhausted', 1, { kind: 'response', status: 200, grpcStatus: 8 }, 'retry'],
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

test('local failures count as 503 and 504 of the host, or apart from its answers when the two are split', () => {
  const run = (config: OutlierDetection, ...results: HostResult[]): string | undefined => {
    let state = NO_OUTLIERS;
    for (const result of results) {
      const step = recordResult(state, config, 'a', result, 10, 0);
      if (step.ejected !== undefined) return step.ejected.cause;
      ({ state } = step);
    }
    return undefined;
  };
  const gateway = { consecutiveGatewayFailure: 2, enforcingConsecutiveGatewayFailure: 100, consecutive5xx: 4 };
  assert.equal(run(gateway, 'local-failure', 'local-timeout'), 'consecutive-gateway-errors');
  assert.equal(run(gateway, 'gateway-error', 'server-error', 'gateway-error', 'connected', 'server-error'), 'consecutive-5xx');
  assert.equal(run({ consecutive5xx: 0 }, 'server-error', 'server-error'), undefined);
  const split = { splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailure: 2, consecutive5xx: 2 };
  assert.equal(run(split, 'local-failure', 'connected', 'server-error', 'local-failure', 'success', 'local-timeout'), 'consecutive-local-failures');
  assert.equal(run(split, 'local-failure', 'server-error', 'connected', 'server-error'), 'consecutive-5xx');
});

test('a run of errors that may not eject begins anew', () => {
  const config = { consecutive5xx: 2, maxEjectionPercent: 10 };
  let state = NO_OUTLIERS;
  for (const host of ['a', 'a', 'b']) ({ state } = recordResult(state, config, host, 'server-error', 2, 0));
  const refused = recordResult(state, config, 'b', 'server-error', 2, 0);
  assert.equal(refused.overflow, true);
  assert.equal(refused.state.get('b')?.consecutiveErrors, 0);
});
