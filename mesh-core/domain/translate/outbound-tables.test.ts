import assert from 'node:assert/strict';
import test from 'node:test';
import type { Cluster, Route, RouteConfiguration, VirtualHost } from '../envoy/resources.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import { aSnapshot } from '../resources/references/a-snapshot.ts';
import { aSidecar, aWorkload } from './a-proxy.ts';
import { translateForProxy } from './translate-for-proxy.ts';

const NETWORKING = 'networking.istio.io/v1';
const CATALOG = 'catalog.shop.svc.cluster.local';
const SERVICES = [aService('catalog', 'shop', [80]), aService('cart', 'shop', [80, 8080]), aService('catalog', 'other', [9000])];

test('automatic mutual TLS goes to endpoints that take it and accepts only the service\'s identities', () => {
  const [cluster] = clusters([...SERVICES, aWorkload('catalog', 'v1', 4001)], `outbound|80||${CATALOG}`);
  assert.deepEqual(cluster?.transportSocketMatches?.map(({ name, match }) => [name, match]), [['tlsMode-istio', { tlsMode: 'istio' }], ['tlsMode-disabled', {}]]);
  assert.match(JSON.stringify(cluster?.transportSocketMatches), /"exact":"spiffe:\/\/cluster.local\/ns\/shop\/sa\/catalog"/);
});

const POLICIES: readonly (readonly [rule: string, objects: readonly KubeObject[], expected: (cluster: Cluster | undefined) => unknown, value: unknown])[] = [
  ['least request is the default', [], (c) => c?.lbPolicy, 'LEAST_REQUEST'],
  ['0 means no limit', [destinationRule({ connectionPool: { tcp: { maxConnections: 0 }, http: { http1MaxPendingRequests: 7 } } })], (c) => c?.circuitBreakers?.thresholds.map((t) => [t.maxConnections, t.maxPendingRequests]), [[4_294_967_295, 7]]],
  ['outlier detection switches panic off', [destinationRule({ outlierDetection: { consecutive5xxErrors: 3 } })], (c) => [c?.outlierDetection?.consecutive5xx, c?.commonLbConfig?.healthyPanicThreshold], [3, { value: 0 }]],
  ['a port level replaces the blocks of the top level', [destinationRule({ loadBalancer: { simple: 'RANDOM' }, outlierDetection: {}, portLevelSettings: [{ port: { number: 80 }, loadBalancer: { simple: 'ROUND_ROBIN' } }] })], (c) => [c?.lbPolicy, c?.outlierDetection], ['ROUND_ROBIN', undefined]],
  ['explicit settings end automatic mutual TLS', [destinationRule({ tls: { mode: 'DISABLE' } })], (c) => [c?.transportSocket, c?.transportSocketMatches], [undefined, undefined]],
  ['a namespace that takes plain text only is called in plain text', [{ apiVersion: 'security.istio.io/v1', kind: 'PeerAuthentication', metadata: { name: 'p', namespace: 'shop' }, spec: { mtls: { mode: 'DISABLE' } } }], (c) => c?.transportSocketMatches, undefined],
];
for (const [rule, objects, expected, value] of POLICIES) {
  test(`a cluster: ${rule}`, () => {
    const [cluster] = clusters([...SERVICES, ...objects], `outbound|80||${CATALOG}`);
    assert.deepEqual(expected(cluster), value);
  });
}

test('a subset takes only its endpoints, and unhealthy workloads get none', () => {
  const sick = { ...aWorkload('catalog', 'v2', 4002), status: { conditions: [{ type: 'Healthy', status: 'False' as const }] } };
  const rule = destinationRule(undefined, [{ name: 'v1', labels: { version: 'v1' } }, { name: 'v2', labels: { version: 'v2' } }]);
  const { endpoint } = translateForProxy(aSnapshot(...SERVICES, aWorkload('catalog', 'v1', 4001), sick, rule), aSidecar('ui'));
  const ports = (subset: string): number[] => (endpoint.find(({ clusterName }) => clusterName === `outbound|80|${subset}|${CATALOG}`)?.endpoints ?? []).flatMap(({ lbEndpoints }) => lbEndpoints.map((lb) => lb.endpoint.address.socketAddress.portValue));
  assert.deepEqual([ports(''), ports('v1'), ports('v2')], [[4001], [4001], []]);
});

test('short names belong to the caller\'s namespace; the port may be left out where it is clear', () => {
  const domainsOf = (name: string): readonly string[] => virtualHost(SERVICES, name)?.domains ?? [];
  assert.ok(domainsOf(`${CATALOG}:80`).includes('catalog'));
  assert.ok(!domainsOf('catalog.other.svc.cluster.local:9000').includes('catalog'));
  assert.ok(domainsOf('catalog.other.svc.cluster.local:9000').includes('catalog.other'));
  assert.ok(domainsOf('cart.shop.svc.cluster.local:80').includes('cart'));
  assert.deepEqual(domainsOf('cart.shop.svc.cluster.local:8080').filter((domain) => !domain.endsWith(':8080')), []);
});

test('no domain stands in two virtual hosts', () => {
  const domains = httpProxy(SERVICES).virtualHosts.flatMap((host) => host.domains);
  assert.equal(new Set(domains).size, domains.length);
});

interface RouteRow {
  readonly rule: string;
  readonly http: object;
  readonly field: (route: Route | undefined) => unknown;
  readonly value: unknown;
}
const TO_CART = { destination: { host: 'cart', port: { number: 80 } } };
const ROUTES: readonly RouteRow[] = [
  { rule: 'the default retries are istiod\'s', http: { route: [TO_CART] }, field: (r) => [r?.route?.retryPolicy?.numRetries, r?.route?.retryPolicy?.retryOn], value: [2, 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes'] },
  { rule: 'no attempts, no retries', http: { route: [TO_CART], retries: { attempts: 0 } }, field: (r) => r?.route?.retryPolicy, value: undefined },
  { rule: 'numbers among the conditions are status codes', http: { route: [TO_CART], retries: { attempts: 1, retryOn: '503,reset' } }, field: (r) => [r?.route?.retryPolicy?.retryOn, r?.route?.retryPolicy?.retriableStatusCodes], value: ['reset,retriable-status-codes', [503]] },
  { rule: 'a timeout of its own', http: { route: [TO_CART], timeout: '1500ms' }, field: (r) => r?.route?.timeout, value: '1.5s' },
  { rule: 'a weight of one destination does not matter', http: { route: [{ ...TO_CART, weight: 0 }] }, field: (r) => r?.route?.cluster, value: 'outbound|80||cart.shop.svc.cluster.local' },
  { rule: 'destinations without weight are left out', http: { route: [{ ...TO_CART, weight: 0 }, { destination: { host: 'catalog' }, weight: 7 }] }, field: (r) => r?.route?.weightedClusters?.clusters, value: [{ name: `outbound|80||${CATALOG}`, weight: 7 }] },
  { rule: 'a fault without percentage is not injected', http: { route: [TO_CART], fault: { abort: { httpStatus: 500 } } }, field: (r) => r?.typedPerFilterConfig?.['envoy.filters.http.fault']?.['abort'], value: { httpStatus: 500, percentage: { numerator: 0, denominator: 'MILLION' } } },
  { rule: 'a mirror without percentage takes everything', http: { route: [TO_CART], mirror: { host: 'catalog' } }, field: (r) => r?.route?.requestMirrorPolicies, value: [{ cluster: `outbound|80||${CATALOG}`, runtimeFraction: { defaultValue: { numerator: 100, denominator: 'HUNDRED' } }, traceSampled: false, disableShadowHostSuffixAppend: true }] },
  { rule: 'setting Host rewrites the host', http: { route: [TO_CART], headers: { request: { set: { Host: 'x.com', 'x-a': '1' } } } }, field: (r) => [r?.route?.hostRewriteLiteral, r?.requestHeadersToAdd], value: ['x.com', [{ header: { key: 'x-a', value: '1' }, appendAction: 'OVERWRITE_IF_EXISTS_OR_ADD' }]] },
  { rule: 'a rule for other callers is not built', http: { match: [{ sourceLabels: { app: 'other' } }], route: [TO_CART] }, field: (r) => r?.route?.cluster, value: `outbound|80||${CATALOG}` },
];
for (const { rule, http, field, value } of ROUTES) {
  test(`a route: ${rule}`, () => {
    const virtualService = { apiVersion: NETWORKING, kind: 'VirtualService', metadata: { name: 'v', namespace: 'shop' }, spec: { hosts: ['catalog'], http: [http] } };
    assert.deepEqual(field(virtualHost([...SERVICES, virtualService], `${CATALOG}:80`)?.routes[0]), value);
  });
}

test('a host that the registry does not know is refused, or passed on when the mesh says so', () => {
  const snapshot = aSnapshot(...SERVICES);
  const last = (outboundTrafficPolicy: 'ALLOW_ANY' | 'REGISTRY_ONLY'): VirtualHost | undefined => translateForProxy({ ...snapshot, mesh: { ...snapshot.mesh, outboundTrafficPolicy } }, aSidecar('ui')).route[0]?.virtualHosts.at(-1);
  assert.deepEqual([last('REGISTRY_ONLY')?.name, last('REGISTRY_ONLY')?.routes[0]?.directResponse], ['block_all', { status: 502 }]);
  assert.deepEqual([last('ALLOW_ANY')?.name, last('ALLOW_ANY')?.routes[0]?.route?.cluster], ['allow_any', 'PassthroughCluster']);
});

function aService(name: string, namespace: string, ports: readonly number[]): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { selector: { app: name }, ports: ports.map((port) => ({ name: `http-${port}`, port })) } };
}

function destinationRule(trafficPolicy?: object, subsets: readonly object[] = []): KubeObject {
  return { apiVersion: NETWORKING, kind: 'DestinationRule', metadata: { name: 'd', namespace: 'shop' }, spec: { host: 'catalog', subsets, ...(trafficPolicy === undefined ? {} : { trafficPolicy }) } };
}

function clusters(objects: readonly KubeObject[], name: string): Cluster[] {
  return translateForProxy(aSnapshot(...objects), aSidecar('ui')).cluster.filter((cluster) => cluster.name === name);
}

function httpProxy(objects: readonly KubeObject[]): RouteConfiguration {
  const [routes] = translateForProxy(aSnapshot(...objects), aSidecar('ui')).route;
  assert.ok(routes);
  return routes;
}

function virtualHost(objects: readonly KubeObject[], name: string): VirtualHost | undefined {
  return httpProxy(objects).virtualHosts.find((host) => host.name === name);
}
