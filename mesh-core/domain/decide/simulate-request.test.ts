import assert from 'node:assert/strict';
import test from 'node:test';
import { initialObjects, runtimeObjects } from '#mesh-core/demo/shop-objects.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import { aSnapshot } from '../resources/references/a-snapshot.ts';
import { aGatewayProxy, aSidecar, aWorkload } from '../translate/a-proxy.ts';
import { simulateRequest } from './simulate-request.ts';
import type { RequestSimulation, SimulatedRequest } from './simulate-request.ts';

const SHOP = [...runtimeObjects(9080, 8080), ...initialObjects(), ...['v1', 'v2'].map((version, i) => aWorkload('catalog', version, 4001 + i)), aWorkload('inventory', 'v1', 4003), aWorkload('ui', 'v1', 4004)];
const NETWORKING = 'networking.istio.io/v1';

test('a split is told whole: both versions with their shares, the rule that made it and what it lets through', () => {
  const result = simulate({ from: aSidecar('ui'), host: 'catalog' });
  assert.deepEqual([result.routeConfiguration, result.virtualHost, result.route], ['http_proxy', 'catalog.shop.svc.cluster.local:80', { name: 'primary', conditions: [], source: { kind: 'VirtualService', namespace: 'shop', name: 'catalog', rule: 0 } }]);
  assert.deepEqual(forwarded(result).destinations.map(({ subset, share, workloads }) => [subset, share, workloads.map((w) => [w.workload, w.share, w.connection, w.authorization.verdict])]), [
    ['v1', 0.8, [['catalog-v1', 0.8, 'mutual-tls', 'permit']]],
    ['v2', 0.2, [['catalog-v2', 0.2, 'mutual-tls', 'permit']]],
  ]);
  assert.deepEqual(forwarded(result).retries?.attempts, 2);
});

const VERDICTS: readonly (readonly [rule: string, caller: string, method: string, verdict: string, reason: string])[] = [
  ['the caller that is allowed, with the method that is', 'catalog', 'GET', 'permit', 'allowed by shop/inventory (rule 1)'],
  ['the same caller with another method', 'catalog', 'DELETE', 'deny', 'no ALLOW rule matches it: shop/inventory'],
  ['another caller', 'rogue', 'GET', 'deny', 'no ALLOW rule matches it: shop/inventory'],
];
for (const [rule, caller, method, verdict, reason] of VERDICTS) {
  test(`the policies of the destination speak at its end: ${rule}`, () => {
    const [destination] = forwarded(simulate({ from: { namespace: 'shop', serviceAccount: caller }, host: 'inventory.shop', method })).destinations;
    assert.deepEqual(destination?.workloads.map(({ authorization }) => [authorization.verdict, authorization.reason]), [[verdict, reason]]);
  });
}

test('the DestinationRule behind a cluster and the PeerAuthentication behind a mode are named', () => {
  const [destination] = forwarded(simulate({ from: aSidecar('ui'), host: 'catalog' })).destinations;
  assert.deepEqual([destination?.destinationRule, destination?.workloads[0]?.mutualTlsPolicy], [{ namespace: 'shop', name: 'catalog' }, { namespace: 'istio-system', name: 'default' }]);
});

test('plain text to a STRICT workload is refused before any policy is asked', () => {
  const rule = { apiVersion: NETWORKING, kind: 'DestinationRule', metadata: { name: 'plain', namespace: 'shop' }, spec: { host: 'inventory', trafficPolicy: { tls: { mode: 'DISABLE' } } } };
  const [destination] = forwarded(simulate({ from: aSidecar('catalog'), host: 'inventory' }, [rule])).destinations;
  assert.deepEqual(destination?.workloads.map(({ connection, refused }) => [connection, refused]), [['plaintext', 'its PeerAuthentication is STRICT: only mutual TLS is accepted']]);
});

test('says what is wrong with a destination: no such subset, nobody there', () => {
  const unknown = virtualService('inventory', [{ route: [{ destination: { host: 'inventory', subset: 'v9' } }] }]);
  assert.deepEqual(forwarded(simulate({ from: aSidecar('ui'), host: 'inventory' }, [unknown])).destinations.map(({ problem }) => problem), ['no-such-cluster']);
  assert.deepEqual(forwarded(simulate({ from: aSidecar('ui'), host: 'cart' })).destinations.map(({ problem }) => problem), ['no-healthy-endpoints']);
});

test('a host outside the mesh is passed on when it is registered, and answered 502 when it is not', () => {
  assert.deepEqual(forwarded(simulate({ from: aSidecar('ui'), host: 'bank.example.com' })).destinations.map(({ external, host }) => [external, host]), [[true, 'bank.example.com']]);
  const blocked = simulate({ from: aSidecar('ui'), host: 'example.org' });
  assert.deepEqual([blocked.virtualHost, blocked.outcome], ['block_all', { kind: 'answered', status: 502, body: '' }]);
});

test('routes that do not take the request are named with the condition that fails; fault, timeout and mirror are told', () => {
  const rules = [
    { name: 'beta', match: [{ headers: { 'x-user': { exact: 'ann' } } }], route: [{ destination: { host: 'ui' } }] },
    { name: 'api', match: [{ uri: { prefix: '/api/' } }], rewrite: { uri: '/' }, timeout: '2s', retries: { attempts: 3, retryOn: '5xx', perTryTimeout: '500ms' }, fault: { delay: { fixedDelay: '1s', percentage: { value: 10 } } }, mirror: { host: 'catalog' }, mirrorPercentage: { value: 25 }, route: [{ destination: { host: 'inventory' } }] },
  ];
  const result = simulate({ from: aSidecar('catalog'), host: 'inventory', path: '/api/items?x=1' }, [virtualService('inventory', rules)]);
  assert.deepEqual(result.passedOver.map(({ route, because, failed }) => [route.name, route.source?.rule, because, failed]), [['beta', 0, { kind: 'header', name: 'x-user' }, { wanted: 'header x-user is ann' }]]);
  assert.deepEqual(result.fault, { delay: { milliseconds: 1000, share: 0.1 } });
  const outcome = forwarded(result);
  assert.deepEqual([outcome.path, outcome.timeoutMs, outcome.retries, outcome.mirrors.map(({ host, share }) => [host, share])], ['/items?x=1', 2000, { attempts: 3, on: ['5xx'], perTryTimeoutMs: 500 }, [['catalog.shop.svc.cluster.local', 0.25]]]);
  assert.deepEqual(simulate({ from: aSidecar('catalog'), host: 'inventory', path: '/other' }, [virtualService('inventory', rules)]).outcome, { kind: 'not-routed', reason: 'no-route' });
});

test('a client outside reaches the shop through the gateway, and nothing at a port that no Gateway opens', () => {
  const result = simulate({ from: aGatewayProxy(), host: 'localhost:8080' });
  assert.deepEqual([result.routeConfiguration, result.virtualHost, result.atGateway?.verdict], ['http.8080', '*:80', 'permit']);
  assert.deepEqual(forwarded(result).destinations.flatMap(({ workloads }) => workloads.map(({ workload }) => workload)), ['ui-v1']);
  assert.deepEqual(simulate({ from: aGatewayProxy(), host: 'localhost', port: 81 }).outcome, { kind: 'not-routed', reason: 'no-listener' });
});

test('the listeners at both ends are told, the handshake between them, and who would be chosen', () => {
  const result = simulate({ from: aSidecar('ui'), host: 'inventory' }, [destinationRule('inventory', { connectionPool: { http: { http2MaxRequests: 5 } }, outlierDetection: { consecutive5xxErrors: 3, interval: '5s' } })]);
  assert.deepEqual([result.listener?.name, result.listener?.filterChain], ['127.0.0.1_15001', '127.0.0.1_15001']);
  const [destination] = forwarded(result).destinations;
  assert.deepEqual(destination?.handshake?.sni, 'outbound_.80_._.inventory.shop.svc.cluster.local');
  assert.deepEqual([destination?.balancing?.limits, destination?.balancing?.ejection], [{ maxRequests: 5 }, { consecutive5xx: 3, interval: '5s' }]);
  assert.deepEqual(destination?.balancing?.candidates.map(({ port, share, priority }) => [port, share, priority]), [[4003, 1, 0]]);
  const [workload] = destination?.workloads ?? [];
  assert.deepEqual([workload?.mutualTlsMode, workload?.arrival?.listener, workload?.arrival?.filterChain, workload?.arrival?.route], ['STRICT', 'virtualInbound', 'virtualInbound', 'default']);
  assert.match(workload?.arrival?.cluster ?? '', /^inbound\|\d+\|\|$/);
});

test('every rule at the destination is told with what stands in its way', () => {
  const [destination] = forwarded(simulate({ from: { namespace: 'shop', serviceAccount: 'catalog' }, host: 'inventory', method: 'DELETE' })).destinations;
  assert.deepEqual(destination?.workloads[0]?.arrival?.rules, [{ policy: { namespace: 'shop', name: 'inventory', rule: 0 }, action: 'ALLOW', applies: 'no', because: ['method'], dryRun: false }]);
});

const claims = (payload: object): string => `Bearer e30.${btoa(JSON.stringify(payload)).replaceAll('=', '')}.c2ln`;
const TOKENS: readonly (readonly [rule: string, headers: Record<string, string>, token: string, verdict: string])[] = [
  ['no token: no claims', {}, 'none', 'deny'],
  ['a token of the issuer, whose claims count as signed', { authorization: claims({ iss: 'https://id.shop', group: 'staff' }) }, 'accepted-if-signed', 'permit'],
  ['a token of that issuer with another claim', { authorization: claims({ iss: 'https://id.shop', group: 'guests' }) }, 'accepted-if-signed', 'deny'],
  ['a token of another issuer', { authorization: claims({ iss: 'https://elsewhere', group: 'staff' }) }, 'unknown-issuer', 'deny'],
  ['what is no token', { authorization: 'Bearer x' }, 'unreadable', 'deny'],
];
for (const [rule, headers, token, verdict] of TOKENS) {
  test(`tokens at the destination: ${rule}`, () => {
    const security = { apiVersion: 'security.istio.io/v1', metadata: { name: 'ui', namespace: 'shop' } };
    const authentication = { ...security, kind: 'RequestAuthentication', spec: { selector: { matchLabels: { app: 'ui' } }, jwtRules: [{ issuer: 'https://id.shop', jwks: '{"keys":[]}' }] } };
    const authorization = { ...security, kind: 'AuthorizationPolicy', spec: { selector: { matchLabels: { app: 'ui' } }, rules: [{ when: [{ key: 'request.auth.claims[group]', values: ['staff'] }] }] } };
    const [workload] = forwarded(simulate({ from: aSidecar('catalog'), host: 'ui', headers }, [authentication, authorization])).destinations[0]?.workloads ?? [];
    const rules = workload?.arrival?.rules.filter(({ policy }) => policy.name === 'ui') ?? [];
    assert.deepEqual([workload?.arrival?.token?.token, rules.map(({ applies }) => applies)], [token, [verdict === 'permit' ? 'yes' : 'no']]);
  });
}

test('a route that a limit was put into is still known by its rule', () => {
  const policy = { apiVersion: 'binnacle.dev/v1', kind: 'RateLimitPolicy', metadata: { name: 'few', namespace: 'shop' }, spec: { limits: [{ requests: 5, per: '1m' }] } };
  assert.equal(simulate({ from: aSidecar('ui'), host: 'catalog' }, [policy]).route?.source?.rule, 0);
});

test('limits of requests are told with whether the request counts', () => {
  const policy = { apiVersion: 'binnacle.dev/v1', kind: 'RateLimitPolicy', metadata: { name: 'few', namespace: 'shop' }, spec: { limits: [{ requests: 5, per: '1m', match: { method: 'POST' } }, { name: 'all', requests: 100, per: '1s' }] } };
  const [destination] = forwarded(simulate({ from: aSidecar('ui'), host: 'catalog' }, [policy])).destinations;
  assert.deepEqual(destination?.workloads[0]?.arrival?.rateLimits.map(({ limit, applies, requests, per }) => [limit, applies, requests, per]), [['0', false, 5, '1m'], ['all', true, 100, '1s']]);
});

function simulate(request: SimulatedRequest, more: readonly KubeObject[] = []): RequestSimulation {
  return simulateRequest(aSnapshot(...SHOP, ...more), request);
}

function forwarded(result: RequestSimulation): Extract<RequestSimulation['outcome'], { kind: 'forwarded' }> {
  assert.equal(result.outcome.kind, 'forwarded');
  return result.outcome;
}

function virtualService(host: string, http: readonly object[]): KubeObject {
  return { apiVersion: NETWORKING, kind: 'VirtualService', metadata: { name: `${host}-rules`, namespace: 'shop' }, spec: { hosts: [host], http } };
}

function destinationRule(host: string, trafficPolicy: object): KubeObject {
  return { apiVersion: NETWORKING, kind: 'DestinationRule', metadata: { name: `${host}-rule`, namespace: 'shop' }, spec: { host, trafficPolicy } };
}
