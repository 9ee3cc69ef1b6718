import assert from 'node:assert/strict';
import test from 'node:test';
import type { KubeObject } from '../resources/kube-object.ts';
import { aSnapshot } from '../resources/references/a-snapshot.ts';
import { aGatewayProxy, aSidecar } from '../translate/a-proxy.ts';
import { translateForProxy } from '../translate/translate-for-proxy.ts';
import { simulateConnection } from './simulate-call.ts';
import type { ConnectionOutcome, SimulatedConnection } from './simulate-call.ts';

const NETWORKING = 'networking.istio.io/v1';
const SERVICES = [
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, spec: { clusterIP: '10.0.0.1', selector: { app: 'ui' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }, { name: 'tcp', port: 9000, targetPort: 9000 }] } },
] as unknown as readonly KubeObject[];
const peers = (mode: string): KubeObject => ({ apiVersion: 'security.istio.io/v1', kind: 'PeerAuthentication', metadata: { name: 'default', namespace: 'shop' }, spec: { mtls: { mode } } }) as KubeObject;

type Row = readonly [rule: string, call: Partial<SimulatedConnection>, expected: Partial<Record<keyof ConnectionOutcome, string>>];
const OUTBOUND: readonly Row[] = [
  ['a host of the port', { host: 'web', port: 80, address: '10.0.0.1' }, { listener: '0.0.0.0_80', routeName: '80', virtualHost: 'web.shop.svc.cluster.local:80', cluster: 'outbound|80||web.shop.svc.cluster.local' }],
  ['a host nobody knows', { host: 'example.org', port: 80, address: '1.2.3.4' }, { listener: '0.0.0.0_80', routeName: '80', virtualHost: 'block_all' }],
  ['bytes on an HTTP port', { protocol: 'tcp', port: 80, address: '10.0.0.1' }, { listener: '0.0.0.0_80', cluster: 'BlackHoleCluster' }],
  ['bytes on a TCP port', { protocol: 'tcp', port: 9000, address: '10.0.0.1' }, { listener: '10.0.0.1_9000', cluster: 'outbound|9000||web.shop.svc.cluster.local' }],
];
for (const [rule, call, expected] of OUTBOUND) {
  test(`a captured connection of the app: ${rule}`, () => assert.deepEqual(follow(SERVICES, { mode: 'outbound', ...call }), expected));
}

const INBOUND: readonly (readonly [mode: string, tls: SimulatedConnection['tls'], expected: Partial<Record<keyof ConnectionOutcome, string>>])[] = [
  ['STRICT', 'mtls', { listener: 'virtualInbound', virtualHost: 'inbound|http|80', cluster: 'inbound|8080||' }],
  ['STRICT', 'plaintext', { listener: 'virtualInbound', error: 'no filter chains matched' }],
  ['PERMISSIVE', 'mtls', { listener: 'virtualInbound', virtualHost: 'inbound|http|80', cluster: 'inbound|8080||' }],
  ['PERMISSIVE', 'plaintext', { listener: 'virtualInbound', virtualHost: 'inbound|http|80', cluster: 'inbound|8080||' }],
  ['DISABLE', 'mtls', { listener: 'virtualInbound', error: 'protocol error' }],
  ['DISABLE', 'plaintext', { listener: 'virtualInbound', virtualHost: 'inbound|http|80', cluster: 'inbound|8080||' }],
];
for (const [mode, tls, expected] of INBOUND) {
  test(`${tls} to a workload whose mutual TLS is ${mode}`, () => assert.deepEqual(follow([...SERVICES, peers(mode)], { mode: 'inbound', port: 8080, address: '127.0.0.1', host: 'web', tls }), expected));
}

test('a gateway sends plain HTTP to HTTPS where it is told to, and knows no other port', () => {
  const gateway = { apiVersion: NETWORKING, kind: 'Gateway', metadata: { name: 'g', namespace: 'shop' }, spec: { selector: { istio: 'ingressgateway' }, servers: [{ port: { number: 80, protocol: 'HTTP', name: 'http' }, hosts: ['a.com'], tls: { httpsRedirect: true } }] } };
  const routes = { apiVersion: NETWORKING, kind: 'VirtualService', metadata: { name: 'a', namespace: 'shop' }, spec: { hosts: ['a.com'], gateways: ['g'], http: [{ route: [{ destination: { host: 'web' } }] }] } };
  const { listener, route } = translateForProxy(aSnapshot(...SERVICES, gateway as KubeObject, routes as KubeObject), aGatewayProxy({ interception: 'REDIRECT' }));
  const base = { mode: 'direct', address: '0.0.0.0', protocol: 'http', tls: 'plaintext', host: 'a.com' } as const;
  assert.equal(simulateConnection({ listener, route }, { ...base, port: 80 }).error, 'tls required, sending 301');
  assert.equal(simulateConnection({ listener, route }, { ...base, port: 81 }).error, 'no listener matched');
});

/** The names of what a connection comes by; what is not there is left out. */
function follow(objects: readonly KubeObject[], call: Partial<SimulatedConnection>): Partial<Record<keyof ConnectionOutcome, string>> {
  const configuration = translateForProxy(aSnapshot(...objects), aSidecar('ui', { interception: 'REDIRECT' }));
  const { listener, routeName, virtualHost, cluster, error } = simulateConnection(configuration, { mode: 'outbound', address: '', port: 80, protocol: 'http', tls: 'plaintext', ...call });
  return { ...(listener === undefined ? {} : { listener: listener.name }), ...(routeName === undefined ? {} : { routeName }), ...(virtualHost === undefined ? {} : { virtualHost: virtualHost.name }), ...(cluster === undefined ? {} : { cluster }), ...(error === undefined ? {} : { error }) };
}
