import assert from 'node:assert/strict';
import test from 'node:test';
import type { KubeObject } from '../resources/kube-object.ts';
import { aSnapshot } from '../resources/references/a-snapshot.ts';
import { aGatewayProxy, aSidecar } from './a-proxy.ts';
import type { ProxyNode } from './mesh-snapshot.ts';
import { buildOutbound } from './outbound-clusters.ts';
import { buildPortRoutes } from './outbound-route-config.ts';
import { proxyContext } from './proxy-context.ts';

const NETWORKING = 'networking.istio.io/v1';
const CAPTURED = aSidecar('ui', { interception: 'REDIRECT' });
const entry = (spec: object): KubeObject => ({ apiVersion: NETWORKING, kind: 'ServiceEntry', metadata: { name: 'outside', namespace: 'shop' }, spec: { hosts: ['outside.com'], ports: [{ number: 80, name: 'http', protocol: 'HTTP' }], ...spec } }) as KubeObject;
const rule = (trafficPolicy: object): KubeObject => ({ apiVersion: NETWORKING, kind: 'DestinationRule', metadata: { name: 'outside', namespace: 'shop' }, spec: { host: 'outside.com', trafficPolicy } }) as KubeObject;
const STATIC = entry({ resolution: 'STATIC', endpoints: [{ address: '1.1.1.1', locality: 'eu/a' }, { address: '2.2.2.2', locality: 'eu/b', weight: 3 }, { address: '3.3.3.3', locality: 'us/a' }] });
const NAME = 'outbound|80||outside.com';

const TYPES: readonly (readonly [resolution: object, node: ProxyNode, type: string | undefined])[] = [
  [{ resolution: 'STATIC', endpoints: [{ address: '1.1.1.1' }] }, CAPTURED, 'EDS'],
  [{ resolution: 'DNS' }, CAPTURED, 'STRICT_DNS'],
  [{ resolution: 'DNS_ROUND_ROBIN' }, CAPTURED, 'LOGICAL_DNS'],
  [{ resolution: 'NONE' }, CAPTURED, 'ORIGINAL_DST'],
  [{ resolution: 'NONE' }, aGatewayProxy({ interception: 'REDIRECT' }), 'EDS'],
  [{ hosts: ['*.outside.com'], resolution: 'DYNAMIC_DNS' }, CAPTURED, 'envoy.clusters.dynamic_forward_proxy'],
];
for (const [spec, node, type] of TYPES) {
  test(`a ${node.type} resolves ${JSON.stringify(spec)} as ${type}`, () => {
    const cluster = buildOutbound(proxyContext(aSnapshot(entry(spec)), node)).clusters.find(({ name }) => name.endsWith('outside.com'));
    assert.equal(cluster?.type ?? cluster?.clusterType?.name, type);
  });
}

const PROTOCOLS: readonly (readonly [protocol: string, policy: object, options: readonly string[]])[] = [
  ['HTTP', {}, []],
  ['GRPC', {}, ['explicitHttpConfig', 'http2ProtocolOptions']],
  ['HTTP', { connectionPool: { http: { h2UpgradePolicy: 'UPGRADE' } } }, ['explicitHttpConfig', 'http2ProtocolOptions']],
  ['', { connectionPool: { http: { h2UpgradePolicy: 'UPGRADE' } } }, ['useDownstreamProtocolConfig', 'httpProtocolOptions', 'http2ProtocolOptions']],
  ['HTTP', { connectionPool: { http: { useClientProtocol: true } } }, ['useDownstreamProtocolConfig', 'httpProtocolOptions', 'http2ProtocolOptions']],
];
for (const [protocol, policy, expected] of PROTOCOLS) {
  test(`a port of protocol "${protocol}" with ${JSON.stringify(policy)} is spoken to as ${expected.join(' ') || 'HTTP/1.1'}`, () => {
    const ports = [{ number: 80, name: 'main', ...(protocol === '' ? {} : { protocol }) }];
    const cluster = clusterOf([entry({ resolution: 'STATIC', endpoints: [{ address: '1.1.1.1' }], ports }), rule(policy)]);
    const options: unknown = Object.values(cluster?.typedExtensionProtocolOptions ?? {})[0] ?? {};
    const found = Object.entries(Object(options)).filter(([name]) => name === 'explicitHttpConfig' || name === 'useDownstreamProtocolConfig');
    assert.deepEqual(found.flatMap(([name, config]) => [name, ...Object.keys(Object(config))]), expected);
  });
}

const PLACES: readonly (readonly [rule: string, policy: object, groups: readonly (readonly [region: string | undefined, priority: number, weight: number | undefined, endpoints: number])[]])[] = [
  ['without outlier detection place does not count', {}, [['eu', 0, 1, 1], ['eu', 0, 3, 1], ['us', 0, 1, 1]]],
  ['with it the nearest come first', { outlierDetection: {} }, [['eu', 0, 1, 1], ['eu', 1, 3, 1], ['us', 2, 1, 1]]],
  ['shares by region override both, and empty the places that have none', { loadBalancer: { localityLbSetting: { distribute: [{ from: 'eu/*', to: { 'eu/a': 20, 'us/*': 80 } }] } } }, [['eu', 0, 20, 1], ['eu', 0, 3, 0], ['us', 0, 80, 1]]],
];
for (const [name, policy, expected] of PLACES) {
  test(`localities: ${name}`, () => {
    const { endpoints } = buildOutbound(proxyContext(aSnapshot(STATIC, rule(policy)), { ...CAPTURED, locality: 'eu/a' }));
    const groups = endpoints.find(({ clusterName }) => clusterName === NAME)?.endpoints ?? [];
    assert.deepEqual(groups.map(({ locality, priority = 0, loadBalancingWeight, lbEndpoints }) => [locality?.region, priority, loadBalancingWeight, lbEndpoints.length]), expected);
  });
}

test('proxies that see the same by the same rules share the very list; one in another place has its own where places count', () => {
  const plain = aSnapshot(STATIC);
  assert.equal(buildOutbound(proxyContext(plain, CAPTURED)), buildOutbound(proxyContext(plain, aSidecar('cart', { interception: 'REDIRECT', locality: 'us/a' }))));
  const failing = aSnapshot(STATIC, rule({ outlierDetection: {} }));
  assert.notEqual(buildOutbound(proxyContext(failing, CAPTURED)), buildOutbound(proxyContext(failing, { ...CAPTURED, locality: 'us/a' })));
  assert.notEqual(buildOutbound(proxyContext(plain, CAPTURED)), buildOutbound(proxyContext(plain, aSidecar('ui'))));
});

test('captured connections to unknown places have a cluster in sidecars, not in gateways', () => {
  const names = (node: ProxyNode): string[] => buildOutbound(proxyContext(aSnapshot(), node)).clusters.map(({ name }) => name);
  assert.deepEqual(names(CAPTURED), ['BlackHoleCluster', 'PassthroughCluster']);
  assert.deepEqual(names(aGatewayProxy({ interception: 'REDIRECT' })), ['BlackHoleCluster']);
});

test('PROXY protocol is for Envoy: the bundled proxy, which would refuse it, is not told', () => {
  const snapshot = aSnapshot(STATIC, rule({ proxyProtocol: { version: 'V2' } }));
  const socket = (node: ProxyNode): unknown => buildOutbound(proxyContext(snapshot, node)).clusters.find(({ name }) => name === NAME)?.transportSocket?.name;
  assert.deepEqual([socket(CAPTURED), socket(aSidecar('ui'))], ['envoy.transport_sockets.upstream_proxy_protocol', undefined]);
});

test('what the mesh says of connecting and retrying holds where no rule does', () => {
  const snapshot = aSnapshot(STATIC);
  const context = proxyContext({ ...snapshot, mesh: { ...snapshot.mesh, connectTimeout: '3s', defaultHttpRetryPolicy: { attempts: 7, retryOn: '5xx' } } }, CAPTURED);
  assert.equal(buildOutbound(context).clusters.find(({ name }) => name === NAME)?.connectTimeout, '3s');
  const route = buildPortRoutes(context, 80).virtualHosts.find(({ name }) => name === 'outside.com:80')?.routes[0]?.route;
  assert.deepEqual([route?.retryPolicy?.numRetries, route?.retryPolicy?.retryOn], [7, '5xx']);
});

function clusterOf(objects: readonly KubeObject[]): ReturnType<typeof buildOutbound>['clusters'][number] | undefined {
  return buildOutbound(proxyContext(aSnapshot(...objects), CAPTURED)).clusters.find(({ name }) => name === NAME);
}
