import assert from 'node:assert/strict';
import test from 'node:test';
import type { KubeObject } from '../resources/kube-object.ts';
import { aSnapshot } from '../resources/references/a-snapshot.ts';
import { aGatewayProxy } from './a-proxy.ts';
import { mergeGateways } from './gateway-servers.ts';
import { proxyContext } from './proxy-context.ts';

const selector = { istio: 'ingressgateway' };
const gateway = (name: string, year: number, servers: readonly object[]): KubeObject => ({ apiVersion: 'networking.istio.io/v1', kind: 'Gateway', metadata: { name, namespace: 'shop', creationTimestamp: `${year}-01-01T00:00:00Z` }, spec: { selector, servers } }) as KubeObject;
const server = (number: number, protocol: string, hosts: readonly string[], more: object = {}): object => ({ port: { number, protocol, name: `${protocol.toLowerCase()}-${hosts[0] ?? ''}` }, hosts, ...more });
const SIMPLE = { tls: { mode: 'SIMPLE', credentialName: 'cred' } };

const CASES: readonly (readonly [rule: string, older: readonly object[], newer: readonly object[], ports: readonly string[]])[] = [
  ['plain HTTP servers share a port', [server(80, 'HTTP', ['a.com'])], [server(80, 'HTTP2', ['b.com'])], ['80 : a.com b.com']],
  ['TCP does not go with HTTP', [server(80, 'HTTP', ['a.com'])], [server(80, 'TCP', ['*'])], ['80 : a.com']],
  ['on another address it does', [server(80, 'HTTP', ['a.com'])], [server(80, 'TCP', ['*'], { bind: '10.0.0.1' })], ['80 : a.com', '80 10.0.0.1: *']],
  ['servers with TLS share a port, told apart by SNI', [server(443, 'HTTPS', ['a.com'], SIMPLE)], [server(443, 'HTTPS', ['b.com'], SIMPLE)], ['443 : a.com b.com']],
  ['a TLS host that is taken is left out', [server(443, 'HTTPS', ['a.com'], SIMPLE)], [server(443, 'HTTPS', ['a.com', 'c.com'], SIMPLE)], ['443 : a.com']],
];
for (const [rule, older, newer, expected] of CASES) {
  test(`Gateways merge, the older first: ${rule}`, () => {
    const { ports } = mergeGateways(proxyContext(aSnapshot(gateway('newer', 2021, newer), gateway('older', 2020, older)), aGatewayProxy({ interception: 'REDIRECT' })));
    assert.deepEqual(ports.map(({ number, bind, servers }) => `${number} ${bind}: ${servers.flatMap(({ hosts }) => hosts.map((host) => host.slice(host.indexOf('/') + 1))).join(' ')}`), expected);
  });
}

test("the proxy binds the target port of the gateway's own Service", () => {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'istio-ingressgateway', namespace: 'istio-system' }, spec: { selector, clusterIP: '10.0.0.1', ports: [{ name: 'http', port: 80, targetPort: 8080 }] } } as KubeObject;
  const { ports, serversByRoute } = mergeGateways(proxyContext(aSnapshot(service, gateway('g', 2020, [server(80, 'HTTP', ['*'])])), aGatewayProxy({ interception: 'REDIRECT' })));
  assert.deepEqual([ports.map(({ number }) => number), [...serversByRoute.keys()]], [[8080], ['http.8080']]);
});

test('a Gateway for other labels opens nothing here', () => {
  assert.deepEqual(mergeGateways(proxyContext(aSnapshot(gateway('g', 2020, [server(80, 'HTTP', ['*'])])), aGatewayProxy({ labels: { istio: 'eastwest' } }))).ports, []);
});
