import assert from 'node:assert/strict';
import test from 'node:test';
import type { Listener } from '../envoy/resources.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import { aSnapshot } from '../resources/references/a-snapshot.ts';
import { aSidecar } from './a-proxy.ts';
import { buildExplicitListeners, buildOutboundListeners } from './outbound-listeners.ts';
import { proxyContext } from './proxy-context.ts';

const CAPTURED = aSidecar('ui', { interception: 'REDIRECT' });
type Port = readonly [name: string, port: number];
const service = (name: string, ports: readonly Port[], spec: object = {}): KubeObject => ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop', creationTimestamp: `20${name}-01-01T00:00:00Z` }, spec: { clusterIP: `10.0.0.${name}`, ports: ports.map(([portName, port]) => ({ name: portName, port })), ...spec } }) as KubeObject;
const sidecar = (egress: readonly object[]): KubeObject => ({ apiVersion: 'networking.istio.io/v1', kind: 'Sidecar', metadata: { name: 'own', namespace: 'shop' }, spec: { egress } }) as KubeObject;

/** Name, then each chain: what it does and, where that is not to be seen, what it is for. */
const CASES: readonly (readonly [rule: string, objects: readonly KubeObject[], expected: readonly string[]])[] = [
  ['HTTP: one for all services of the port, told apart by host; what is no HTTP goes where unknown calls go', [service('10', [['http', 80]]), service('11', [['http', 80]])], ['0.0.0.0_80: routes 80, BlackHoleCluster']],
  ['TCP: one per service, at its address', [service('10', [['tcp', 9000]]), service('11', [['tcp', 9000]])], ['10.0.0.10_9000: outbound|9000||10.shop.svc.cluster.local', '10.0.0.11_9000: outbound|9000||11.shop.svc.cluster.local']],
  ['HTTP and TCP on one port: the TCP service has its address, HTTP the rest', [service('10', [['http', 80]]), service('11', [['tcp', 80]])], ['0.0.0.0_80: routes 80, BlackHoleCluster', '10.0.0.11_80: outbound|80||11.shop.svc.cluster.local']],
  ['a port without a protocol is looked at: HTTP by its host, the rest as it is', [service('10', [['main', 5000]])], ['10.0.0.10_5000: routes 10.shop.svc.cluster.local:5000, outbound|5000||10.shop.svc.cluster.local']],
  ['HTTPS is not opened, and told apart by address', [service('10', [['https', 443]])], ['10.0.0.10_443: outbound|443||10.shop.svc.cluster.local']],
];
for (const [rule, objects, expected] of CASES) {
  test(`outbound listeners for captured connections: ${rule}`, () => {
    const all = buildOutboundListeners(proxyContext(aSnapshot(...objects), CAPTURED));
    assert.deepEqual(all.filter(({ name }) => name !== 'virtualOutbound').map(describe).sort(), expected);
  });
}

test('what no listener expects ends in virtualOutbound: passed on, or nowhere when only the registry may be called', () => {
  const ends = (outboundTrafficPolicy: 'ALLOW_ANY' | 'REGISTRY_ONLY'): string[] => {
    const snapshot = aSnapshot();
    return buildOutboundListeners(proxyContext({ ...snapshot, mesh: { ...snapshot.mesh, outboundTrafficPolicy } }, CAPTURED)).map(describe);
  };
  assert.deepEqual(ends('ALLOW_ANY'), ['virtualOutbound: BlackHoleCluster, PassthroughCluster']);
  assert.deepEqual(ends('REGISTRY_ONLY'), ['virtualOutbound: BlackHoleCluster, BlackHoleCluster']);
});

test('without interception a Sidecar opens real listeners, each with what it imports', () => {
  const egress = [{ port: { number: 3306, protocol: 'TCP', name: 'db' }, bind: '127.0.0.1', hosts: ['./10.shop.svc.cluster.local'] }, { port: { number: 8081, protocol: 'HTTP', name: 'web' }, bind: '127.0.0.1', hosts: ['./*'] }, { hosts: ['./*'] }];
  const listeners = buildExplicitListeners(proxyContext(aSnapshot(service('10', [['tcp', 3306]]), service('11', [['http', 8081]]), sidecar(egress)), aSidecar('ui')));
  assert.deepEqual(listeners.map(describe).sort(), ['127.0.0.1_3306: outbound|3306||10.shop.svc.cluster.local', '127.0.0.1_8081: routes 8081']);
  assert.deepEqual(listeners.map(({ bindToPort }) => bindToPort), [undefined, undefined]);
});

function describe({ name, filterChains, defaultFilterChain }: Listener): string {
  const chains = defaultFilterChain === undefined ? filterChains : [...filterChains, defaultFilterChain];
  const ends = chains.map(({ filters }) => {
    const config: object = filters.at(-1)?.typedConfig ?? {};
    if ('rds' in config) return `routes ${String(Object(config.rds).routeConfigName)}`;
    return 'cluster' in config ? String(config.cluster) : '?';
  });
  return `${name}: ${ends.join(', ')}`;
}
