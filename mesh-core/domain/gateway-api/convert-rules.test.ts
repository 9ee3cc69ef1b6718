import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { HttpRouteRule } from '../resources/gateway-api.ts';
import type { HTTPRoute } from '../resources/networking.ts';
import { aGateway, aRoute, aService, anApiObject, conditionsOf, converted } from './a-conversion.ts';

function httpOf(rule: HttpRouteRule): readonly HTTPRoute[] {
  return converted(aGateway(), aRoute(rule), aService()).virtualServices[0]?.spec?.http ?? [];
}

const CATALOG = { destination: { host: 'catalog.shop.svc.cluster.local', port: { number: 80 } } };
const RULES: readonly (readonly [what: string, rule: HttpRouteRule, expected: Partial<HTTPRoute>])[] = [
  ['a header of any case is set once, by its first entry', { filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'X-A', value: '1' }, { name: 'x-a', value: '2' }] } }] }, { headers: { request: { set: { 'x-a': '1' } } } }],
  ['a redirect keeps the port of the request', { backendRefs: [], filters: [{ type: 'RequestRedirect', requestRedirect: { hostname: 'b.org', statusCode: 301 } }] }, { redirect: { redirectCode: 301, authority: 'b.org', derivePort: 'FROM_REQUEST_PORT' } }],
  ['unless the scheme changes', { backendRefs: [], filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }] }, { redirect: { redirectCode: 301, scheme: 'https', derivePort: 'FROM_PROTOCOL_DEFAULT' } }],
  ['a rewritten prefix has no slash at its end', { filters: [{ type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/v2/' } } }] }, { rewrite: { uri: '/v2' } }],
  ['an empty prefix is the root', { filters: [{ type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '' } } }] }, { rewrite: { uri: '/' } }],
  ['a mirror takes a fraction', { filters: [{ type: 'RequestMirror', requestMirror: { backendRef: { name: 'catalog', port: 80 }, fraction: { numerator: 1, denominator: 8 } } }] }, { mirrors: [{ ...CATALOG, percentage: { value: 12.5 } }] }],
  ['origins become the plainest match', { filters: [{ type: 'CORS', cors: { allowOrigins: ['https://a.org', 'https://b*', 'https://*.c.org'] } }] }, { corsPolicy: { allowOrigins: [{ exact: 'https://a.org' }, { prefix: 'https://b' }, { regex: String.raw`^https://.*\.c\.org$` }], unmatchedPreflights: 'IGNORE' } }],
  ['the back-end timeout is the whole one without retries', { timeouts: { request: '10s', backendRequest: '1500ms' } }, { timeout: '1.500s' }],
  ['and that of each try with them', { timeouts: { request: '10s', backendRequest: '2s' }, retry: { codes: [503] } }, { timeout: '10s', retries: { attempts: 2, retryOn: 'connect-failure,refused-stream,unavailable,cancelled,503', perTryTimeout: '2s' } }],
  ['no backend is an error of the server', { backendRefs: [] }, { directResponse: { status: 500 } }],
];

for (const [what, rule, expected] of RULES) {
  test(`in a rule, ${what}`, () => {
    const [route] = httpOf(rule);
    assert.deepEqual({ ...route }, { name: 'shop.web.0', ...(rule.backendRefs === undefined ? { route: [CATALOG] } : undefined), ...expected });
  });
}

test('every match becomes a route of its own, the closest first', () => {
  const rule: HttpRouteRule = {
    matches: [{ path: { type: 'PathPrefix', value: '/a/' } }, { path: { type: 'RegularExpression', value: '/.*' } }, { path: { type: 'PathPrefix', value: '/a' }, method: 'GET' }, { path: { type: 'Exact', value: '/' } }, { path: { value: '/abc' } }],
  };
  assert.deepEqual(httpOf(rule).map(({ match }) => match?.[0]), [{ uri: { exact: '/' } }, { uri: { prefix: '/abc' } }, { uri: { prefix: '/a' }, method: { exact: 'GET' } }, { uri: { prefix: '/a' } }, { uri: { regex: '/.*' } }]);
});

test('a backend that is not there keeps its share, without a host, and is told', () => {
  const result = converted(aGateway(), aRoute({ backendRefs: [{ name: 'catalog', port: 80, weight: 3 }, { name: 'gone', port: 80 }, { name: 'catalog', port: 80, weight: 0 }] }), aService());
  assert.deepEqual(result.virtualServices[0]?.spec?.http?.[0]?.route, [{ ...CATALOG, weight: 3 }, { destination: { host: 'gone.shop.svc.cluster.local', port: { number: 80 } }, weight: 1 }]);
  assert.equal(conditionsOf(result, 'HTTPRoute')['ResolvedRefs'], 'False BackendNotFound');
});

test('a backend of another namespace needs a grant, but not in the mesh', () => {
  const foreign = { backendRefs: [{ name: 'catalog', namespace: 'store', port: 80 }] };
  const grant = anApiObject('ReferenceGrant', 'let-shop', { from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'shop' }], to: [{ group: '', kind: 'Service', name: 'catalog' }] }, 'store');
  assert.equal(conditionsOf(converted(aGateway(), aRoute(foreign), aService('store')), 'HTTPRoute')['ResolvedRefs'], 'False RefNotPermitted');
  assert.equal(conditionsOf(converted(aGateway(), aRoute(foreign), aService('store'), grant), 'HTTPRoute')['ResolvedRefs'], 'True ResolvedRefs');
  const forMesh = { parentRefs: [{ group: '', kind: 'Service', name: 'catalog' }] };
  assert.equal(conditionsOf(converted(aRoute(foreign, forMesh), aService(), aService('store')), 'HTTPRoute')['ResolvedRefs'], 'True ResolvedRefs');
});

test('a rule that cannot be had takes the whole route out', () => {
  const result = converted(aGateway(), aRoute({ filters: [{ type: 'ExtensionRef' }] }), aService());
  assert.deepEqual(result.virtualServices, []);
  assert.deepEqual(conditionsOf(result, 'HTTPRoute'), { Accepted: 'True Accepted', ResolvedRefs: 'False InvalidFilter' });
});
