import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteAction } from '../envoy/resources.ts';
import type { ClusterOutcome } from './decide-route.ts';
import { takeRequestLimits } from './request-limits.ts';

function outcome(action: Partial<RouteAction>, timeoutMs = 0): ClusterOutcome {
  const full = { cluster: 'c', ...action };
  return { kind: 'cluster', cluster: 'c', virtualHost: { name: 'v', domains: ['*'], routes: [] }, route: { match: { prefix: '/' }, route: full }, action: full, path: '/', authority: 'c', mutations: [], timeoutMs, mirrors: [], ...(action.retryPolicy === undefined ? {} : { retryPolicy: action.retryPolicy }) };
}

/** Headers, route's timeout and action → timeout, per try, what is told the upstream. */
const ROWS: readonly (readonly [headers: Record<string, string>, routeMs: number, action: Partial<RouteAction>, timeoutMs: number, perTryMs: number, expected: string | undefined])[] = [
  [{}, 0, {}, 0, 0, undefined],
  [{}, 500, {}, 500, 0, '500'],
  [{ 'x-envoy-upstream-rq-timeout-ms': '200' }, 500, {}, 200, 0, '200'],
  [{ 'x-envoy-upstream-rq-timeout-ms': '0' }, 500, {}, 0, 0, undefined],
  [{ 'x-envoy-upstream-rq-timeout-ms': 'soon' }, 500, {}, 500, 0, '500'],
  [{}, 500, { retryPolicy: { perTryTimeout: '0.1s' } }, 500, 100, '100'],
  [{}, 500, { retryPolicy: { perTryTimeout: '2s' } }, 500, 0, '500'],
  [{ 'x-envoy-upstream-rq-per-try-timeout-ms': '70' }, 500, {}, 500, 70, '70'],
  [{ 'grpc-timeout': '250m' }, 0, { maxGrpcTimeout: '0s' }, 250, 0, '250'],
  [{ 'grpc-timeout': '2S' }, 0, { maxGrpcTimeout: '1s' }, 1000, 0, '1000'],
  [{ 'grpc-timeout': '1u' }, 0, { maxGrpcTimeout: '0s' }, 1, 0, '1'],
  [{ 'grpc-timeout': '250m' }, 500, {}, 500, 0, '500'],
  [{}, 500, { maxGrpcTimeout: '0s' }, 0, 0, undefined],
];
for (const [headers, routeMs, action, timeoutMs, perTryMs, expected] of ROWS) {
  test(`${JSON.stringify(headers)} with a route timeout of ${routeMs} ms and ${JSON.stringify(action)}: ${timeoutMs} ms, ${perTryMs} ms a try`, () => {
    const given: Record<string, string | undefined> = { ...headers };
    const limits = takeRequestLimits(outcome(action, routeMs), 'grpc-timeout' in headers || action.maxGrpcTimeout !== undefined, given);
    assert.deepEqual([limits.timeoutMs, limits.perTryMs, given['x-envoy-expected-rq-timeout-ms']], [timeoutMs, perTryMs, expected]);
    assert.deepEqual([given['x-envoy-upstream-rq-timeout-ms'], given['x-envoy-upstream-rq-per-try-timeout-ms']], [undefined, undefined]);
  });
}

test('a caller of the mesh may ask for retries beyond those of the route; the headers go no further', () => {
  const headers: Record<string, string | undefined> = { 'x-envoy-retry-on': 'gateway-error,retriable-status-codes', 'x-envoy-retry-grpc-on': 'cancelled', 'x-envoy-max-retries': '4', 'x-envoy-retriable-status-codes': '418, 429' };
  const { retryPolicy } = takeRequestLimits(outcome({ retryPolicy: { retryOn: 'connect-failure', numRetries: 2, retriableStatusCodes: [503] } }), false, headers);
  assert.deepEqual(retryPolicy, { retryOn: 'connect-failure,gateway-error,retriable-status-codes,cancelled', numRetries: 4, retriableStatusCodes: [503, 418, 429] });
  assert.ok(Object.values(headers).every((value) => value === undefined));
  assert.equal(takeRequestLimits(outcome({}), false, { 'x-envoy-max-retries': '4' }).retryPolicy, undefined);
  assert.equal(takeRequestLimits(outcome({}), false, { 'x-envoy-retry-on': '5xx' }).retryPolicy?.retryOn, '5xx');
});
