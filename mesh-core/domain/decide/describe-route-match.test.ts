import assert from 'node:assert/strict';
import test from 'node:test';
import type { RouteMatch } from '../envoy/resources.ts';
import { describeRouteMatch, failedCondition } from './describe-route-match.ts';
import type { FailedCondition } from './describe-route-match.ts';
import { explainRoutes } from './match-route.ts';
import type { RequestHead } from './request-head.ts';

const claim = { filter: 'envoy.filters.http.jwt_authn', path: [{ key: 'payload' }, { key: 'group' }], value: { orMatch: { valueMatchers: [{ listMatch: { oneOf: { stringMatch: { exact: 'staff' } } } }] } } };
const DESCRIBED: readonly (readonly [match: RouteMatch, conditions: readonly string[]])[] = [
  [{ prefix: '/' }, []],
  [{ prefix: '/api', caseSensitive: false }, ['path begins with /api in any case']],
  [{ path: '/a' }, ['path is /a']],
  [{ pathSeparatedPrefix: '/a' }, ['path is /a or below it']],
  [{ safeRegex: { regex: '/v[12]' } }, ['path matches /v[12]']],
  [{ connectMatcher: {} }, ['method is CONNECT']],
  [{ prefix: '/', headers: [{ name: ':method', stringMatch: { exact: 'GET' } }, { name: 'x-user', stringMatch: { prefix: 'a b' }, invertMatch: true }, { name: 'x-beta', presentMatch: true, invertMatch: true }] }, ['method is GET', 'header x-user does not begin with "a b"', 'header x-beta is not there']],
  [{ prefix: '/', queryParameters: [{ name: 'debug', presentMatch: true }, { name: 'v', stringMatch: { safeRegex: { regex: '\\d' } } }] }, ['query parameter debug is there', 'query parameter v matches \\d']],
  [{ prefix: '/', dynamicMetadata: [claim] }, ['claim group is staff']],
];
for (const [match, conditions] of DESCRIBED) {
  test(`a route's conditions in words: ${conditions.join(', ') || 'none'}`, () => assert.deepEqual(describeRouteMatch(match), conditions));
}

const FAILED: readonly (readonly [match: RouteMatch, request: Partial<RequestHead>, failed: FailedCondition])[] = [
  [{ prefix: '/api' }, { path: '/other?x=1' }, { wanted: 'path begins with /api', was: '/other' }],
  [{ prefix: '/', headers: [{ name: 'x-user', stringMatch: { exact: 'ann' } }] }, {}, { wanted: 'header x-user is ann' }],
  [{ prefix: '/', headers: [{ name: 'x-user', stringMatch: { exact: 'ann' } }] }, { headers: { 'x-user': 'bob' } }, { wanted: 'header x-user is ann', was: 'bob' }],
  [{ prefix: '/', headers: [{ name: ':method', stringMatch: { exact: 'POST' } }] }, {}, { wanted: 'method is POST', was: 'GET' }],
  [{ prefix: '/', queryParameters: [{ name: 'v', stringMatch: { exact: '2' } }] }, { path: '/?v=1' }, { wanted: 'query parameter v is 2', was: '1' }],
  [{ prefix: '/', dynamicMetadata: [claim] }, {}, { wanted: 'claim group is staff' }],
];
for (const [match, request, failed] of FAILED) {
  test(`a request that fails "${failed.wanted}" is told what it has instead: ${failed.was ?? 'nothing'}`, () => {
    const head: RequestHead = { method: 'GET', path: '/', authority: 'web', headers: {}, ...request };
    const mismatch = explainRoutes({ name: 'v', domains: ['*'], routes: [{ match }] }, head)[0]?.mismatch;
    assert.ok(mismatch !== undefined, 'the route takes the request');
    assert.deepEqual(failedCondition(match, mismatch, head), failed);
  });
}
