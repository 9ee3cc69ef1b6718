import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeConfiguration } from '#mesh-core/control/ads/encode-configuration.ts';
import { initialObjects, runtimeObjects } from '#mesh-core/demo/shop-objects.ts';
import { checkCluster, checkEndpoints, checkListener, checkRouteConfiguration } from '#mesh-core/proxy/config/check-support.ts';
import { decodeResource } from '#mesh-core/wire/xds/resource-codec.ts';
import { clusterNamesOf } from '#mesh-core/proxy/config/config-store.ts';
import type { Cluster, ClusterLoadAssignment, HttpConnectionManager, Listener, ProxyConfiguration, RouteConfiguration } from '../envoy/resources.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import { aSnapshot } from '../resources/references/a-snapshot.ts';
import { aGatewayProxy, aSidecar, aWorkload } from './a-proxy.ts';
import type { ProxyNode } from './mesh-snapshot.ts';
import { translateForProxy } from './translate-for-proxy.ts';

const SHOP = [...runtimeObjects(9080, 8080), ...initialObjects()];
const WORKLOADS = [aWorkload('catalog', 'v1', 4001), aWorkload('catalog', 'v2', 4002), aWorkload('inventory', 'v1', 4003), aWorkload('ui', 'v1', 4004)];
const SECURITY = 'security.istio.io/v1';
const NETWORKING = 'networking.istio.io/v1';

test('the sidecar of the demo shop gets both listeners, every service and the split of the catalog', () => {
  const configuration = translateForProxy(aSnapshot(...SHOP, ...WORKLOADS), aSidecar('ui'));
  assert.deepEqual(configuration.listener.map(({ name }) => name), ['127.0.0.1_15001', 'virtualInbound']);
  assert.deepEqual(configuration.route.map(({ name }) => name), ['http_proxy']);
  const [routes] = configuration.route;
  const catalog = routes?.virtualHosts.find(({ name }) => name === 'catalog.shop.svc.cluster.local:80');
  assert.deepEqual(catalog?.domains.toSorted(), ['catalog', 'catalog.shop', 'catalog.shop.svc', 'catalog.shop.svc.cluster.local', 'catalog.shop.svc.cluster.local.'].flatMap((domain) => [domain, `${domain}:80`]).toSorted());
  assert.deepEqual(catalog?.routes.map(({ name, route }) => [name, route?.weightedClusters?.clusters.map((c) => [c.name, c.weight])]), [
    ['primary', [['outbound|80|v1|catalog.shop.svc.cluster.local', 80], ['outbound|80|v2|catalog.shop.svc.cluster.local', 20]]],
  ]);
  const v2 = configuration.endpoint.find(({ clusterName }) => clusterName === 'outbound|80|v2|catalog.shop.svc.cluster.local');
  assert.deepEqual(v2?.endpoints.flatMap(({ lbEndpoints }) => lbEndpoints.map(({ endpoint }) => endpoint.address.socketAddress.portValue)), [4002]);
  const inbound = configuration.cluster.find(({ name }) => name === 'inbound|8080||');
  assert.deepEqual(inbound?.metadata?.filterMetadata?.['istio'], { services: [{ host: 'ui.shop.svc.cluster.local', name: 'ui', namespace: 'shop' }] });
  assert.ok(configuration.cluster.some(({ name }) => name === 'outbound|80||bank.example.com'));
});

for (const node of [aSidecar('ui'), aSidecar('inventory'), aGatewayProxy()]) {
  test(`the bundled proxy can run all that ${node.workload} of the demo shop is sent, and every route leads to a cluster`, () => {
    const configuration = translateForProxy(aSnapshot(...SHOP, ...WORKLOADS), node);
    assert.deepEqual(refusals(configuration), []);
    const clusters = new Set(configuration.cluster.map(({ name }) => name));
    assert.deepEqual([...new Set(configuration.route.flatMap((routes) => [...clusterNamesOf(routes)]))].filter((name) => !clusters.has(name)), []);
    for (const resources of [configuration.cluster, configuration.listener, configuration.route]) assert.deepEqual(resources.map(({ name }) => name), resources.map(({ name }) => name).toSorted());
  });
}

test('the order of the objects does not change what a proxy is sent', () => {
  const objects = [...SHOP, ...WORKLOADS];
  for (const node of [aSidecar('ui'), aGatewayProxy()]) assert.deepEqual(translateForProxy(aSnapshot(...objects.toReversed()), node), translateForProxy(aSnapshot(...objects), node));
});

test('what a proxy without an app or without an outbound port has no use for is left out', () => {
  const { inboundPort: _inbound, appPort: _app, ...clientOnly } = aSidecar('rogue');
  const { outboundPort: _outbound, ...serverOnly } = aSidecar('ui');
  assert.deepEqual(listeners(SHOP, clientOnly), ['127.0.0.1_15001']);
  const configuration = translateForProxy(aSnapshot(...SHOP), serverOnly);
  assert.deepEqual([configuration.listener.map(({ name }) => name), configuration.route], [['virtualInbound'], []]);
});

const PEER_CASES: readonly (readonly [rule: string, policies: readonly KubeObject[], transports: readonly string[]])[] = [
  ['without a policy it takes both', [], ['tls', 'raw_buffer']],
  ['STRICT of the mesh takes mutual TLS only', [peer('istio-system', 'STRICT')], ['tls']],
  ['DISABLE of the namespace beats STRICT of the mesh', [peer('istio-system', 'STRICT'), peer('shop', 'DISABLE')], ['raw_buffer']],
  ['the workload beats its namespace', [peer('shop', 'STRICT'), peer('shop', 'PERMISSIVE', { selector: { matchLabels: { app: 'ui' } } })], ['tls', 'raw_buffer']],
  ['the app\'s port beats the workload', [peer('shop', 'STRICT', { selector: { matchLabels: { app: 'ui' } }, portLevelMtls: { 8080: { mode: 'DISABLE' } } })], ['raw_buffer']],
  ['another workload\'s policy changes nothing', [peer('shop', 'STRICT', { selector: { matchLabels: { app: 'cart' } } })], ['tls', 'raw_buffer']],
];
for (const [rule, policies, transports] of PEER_CASES) {
  test(`the inbound listener: ${rule}`, () => {
    const listener = translateForProxy(aSnapshot(...policies), aSidecar('ui')).listener.find(({ name }) => name === 'virtualInbound');
    assert.deepEqual(listener?.filterChains.map(({ filterChainMatch }) => filterChainMatch?.transportProtocol), transports);
    for (const chain of listener?.filterChains ?? []) assert.equal(chain.transportSocket !== undefined, chain.filterChainMatch?.transportProtocol === 'tls');
  });
}

test('policies are judged before the router in the order CUSTOM, AUDIT, DENY, ALLOW, each only where it selects', () => {
  const policies = [policy('a', 'ALLOW'), policy('d', 'DENY'), policy('u', 'AUDIT'), policy('c', 'CUSTOM'), policy('elsewhere', 'DENY', 'cart')];
  const filters = httpFilters(translateForProxy(aSnapshot(...policies), aSidecar('ui')), 'virtualInbound');
  assert.deepEqual(filters.map(({ name }) => name.replace('envoy.filters.http.', '')), ['rbac', 'rbac', 'rbac', 'rbac', 'istio.stats', 'router']);
  const rules = filters.slice(0, 4).map(({ typedConfig }) => typedConfig['rules'] as { action: string; policies: object });
  assert.deepEqual(rules.map(({ action, policies: named }) => [action, Object.keys(named)]), [
    ['DENY', ['istio-ext-authz-ns[shop]-policy[c]-rule[0]-deny-due-to-bad-CUSTOM-action']],
    ['LOG', ['ns[shop]-policy[u]-rule[0]']],
    ['DENY', ['ns[shop]-policy[d]-rule[0]']],
    ['ALLOW', ['ns[shop]-policy[a]-rule[0]']],
  ]);
});

const GATEWAY_SERVICE: KubeObject = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'istio-ingressgateway', namespace: 'istio-system' }, spec: { selector: { istio: 'ingressgateway' }, ports: [{ name: 'http2', port: 80, targetPort: 8080 }] } };

test('a gateway listens at the target port of its service, and at the port itself where no service has it', () => {
  const objects = [GATEWAY_SERVICE, gateway('a', [{ number: 80, hosts: ['*'] }, { number: 9000, hosts: ['*'] }])];
  assert.deepEqual(listeners(objects, aGatewayProxy()), ['127.0.0.1_8080', '127.0.0.1_9000']);
  assert.deepEqual(translateForProxy(aSnapshot(...objects), aGatewayProxy()).route.map(({ name }) => name), ['http.8080', 'http.9000']);
  assert.deepEqual(listeners(objects, aGatewayProxy({ labels: { istio: 'eastwest' } })), []);
});

test('a port without a bound VirtualService answers 404 for any host', () => {
  const [routes] = translateForProxy(aSnapshot(gateway('a', [{ number: 80, hosts: ['*'] }])), aGatewayProxy()).route;
  assert.deepEqual(routes?.virtualHosts, [{ name: 'blackhole:80', domains: ['*'], routes: [] }]);
});

test('several VirtualServices of a gateway host add up by age, with what takes everything last', () => {
  const objects = [
    gateway('a', [{ number: 80, hosts: ['*.example.com'] }]),
    virtualService('all', ['shop.example.com'], { http: [{ name: 'all', route: [{ destination: { host: 'ui' } }] }] }, '2020-01-01T00:00:00Z'),
    virtualService('api', ['shop.example.com', 'other.org'], { http: [{ name: 'api', match: [{ uri: { prefix: '/api' } }], route: [{ destination: { host: 'cart' } }] }] }, '2021-01-01T00:00:00Z'),
  ];
  const [routes] = translateForProxy(aSnapshot(...objects), aGatewayProxy()).route;
  assert.deepEqual(routes?.virtualHosts.map((host) => [host.name, host.routes.map(({ name }) => name)]), [['shop.example.com:80', ['api', 'all']]]);
});

test('a server that redirects to https does so for its hosts without any VirtualService', () => {
  const [routes] = translateForProxy(aSnapshot(gateway('a', [{ number: 80, hosts: ['shop/a.example.com'], tls: { httpsRedirect: true } }])), aGatewayProxy()).route;
  assert.deepEqual(routes?.virtualHosts.map(({ name, requireTls, domains }) => [name, requireTls, domains]), [['a.example.com:80', 'ALL', ['a.example.com']]]);
});

test('a gateway with a credential of its own is translated as istiod does, and the bundled proxy takes it', () => {
  const tls = { mode: 'SIMPLE', credentialName: 'shop-cert' };
  const configuration = translateForProxy(aSnapshot(gateway('a', [{ number: 443, protocol: 'HTTPS', hosts: ['*'], tls }])), aGatewayProxy());
  assert.deepEqual(configuration.route.map(({ name }) => name), ['https.443.p443.a.shop']);
  assert.deepEqual(refusals(configuration), []);
});

test('a second Gateway with another protocol on a port is left out', () => {
  const objects = [gateway('a', [{ number: 80, hosts: ['*'] }]), gateway('b', [{ number: 80, protocol: 'HTTPS', hosts: ['*'], tls: { mode: 'ISTIO_MUTUAL' } }])];
  assert.deepEqual(translateForProxy(aSnapshot(...objects), aGatewayProxy()).listener.map(({ filterChains }) => filterChains.map(({ transportSocket }) => transportSocket?.name)), [[undefined]]);
});

function peer(namespace: string, mode: string, more: object = {}): KubeObject {
  return { apiVersion: SECURITY, kind: 'PeerAuthentication', metadata: { name: `p-${mode.toLowerCase()}`, namespace }, spec: { mtls: { mode }, ...more } };
}

function policy(name: string, action: string, app = 'ui'): KubeObject {
  return { apiVersion: SECURITY, kind: 'AuthorizationPolicy', metadata: { name, namespace: 'shop' }, spec: { selector: { matchLabels: { app } }, action, rules: [{ to: [{ operation: { paths: ['/x'] } }] }] } };
}

function gateway(name: string, servers: readonly { number: number; hosts: readonly string[]; protocol?: string; tls?: object }[]): KubeObject {
  return { apiVersion: NETWORKING, kind: 'Gateway', metadata: { name, namespace: 'shop' }, spec: { selector: { istio: 'ingressgateway' }, servers: servers.map(({ number, hosts, protocol = 'HTTP', tls }) => ({ port: { number, name: `p${number}`, protocol }, hosts, ...(tls === undefined ? {} : { tls }) })) } };
}

function virtualService(name: string, hosts: readonly string[], spec: object, creationTimestamp: string): KubeObject {
  return { apiVersion: NETWORKING, kind: 'VirtualService', metadata: { name, namespace: 'shop', creationTimestamp }, spec: { hosts, gateways: ['a'], ...spec } };
}

function listeners(objects: readonly KubeObject[], node: ProxyNode): string[] {
  return translateForProxy(aSnapshot(...objects), node).listener.map(({ name }) => name);
}

function httpFilters({ listener }: ProxyConfiguration, name: string): HttpConnectionManager['httpFilters'] {
  const config: unknown = listener.find((candidate) => candidate.name === name)?.filterChains[0]?.filters[0]?.typedConfig;
  return (config as HttpConnectionManager).httpFilters;
}

/** Sends it over the wire and asks the proxy what it cannot run. */
function refusals(configuration: ProxyConfiguration): string[] {
  const { resources } = encodeConfiguration(configuration, '1', 0);
  const ask = <T>(packed: (typeof resources)['cluster'], check: (resource: T) => string | undefined): string[] => [...packed.values()].flatMap((resource) => check(decodeResource(resource) as T) ?? []);
  return [...ask<Cluster>(resources.cluster, checkCluster), ...ask<ClusterLoadAssignment>(resources.endpoint, checkEndpoints), ...ask<Listener>(resources.listener, checkListener), ...ask<RouteConfiguration>(resources.route, checkRouteConfiguration)];
}
