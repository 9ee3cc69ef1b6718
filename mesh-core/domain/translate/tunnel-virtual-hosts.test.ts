import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aSnapshot } from '../resources/references/a-snapshot.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import { aSidecar } from './a-proxy.ts';
import { translateForProxy } from './translate-for-proxy.ts';

const service = (name: string, ports: readonly object[]): KubeObject => ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop' }, spec: { selector: { app: name }, ports } });
const hostsOf = (...objects: readonly KubeObject[]): Record<string, string[]> => {
  const hosts = translateForProxy(aSnapshot(...objects), aSidecar('caller')).route.find(({ name }) => name === 'http_proxy')?.virtualHosts ?? [];
  return Object.fromEntries(hosts.map(({ name, routes }) => [name, routes.map((route) => (route.match.connectMatcher === undefined ? 'requests' : `tunnel ${route.route?.cluster ?? JSON.stringify(route.route?.weightedClusters?.clusters)}`))]));
};

test('CONNECT opens tunnels to ports that do not speak HTTP, and to those of which nobody says', () => {
  const hosts = hostsOf(service('db', [{ name: 'tcp-sql', port: 5432 }]), service('web', [{ name: 'http', port: 80 }]), service('odd', [{ name: 'odd', port: 9000 }]), service('dns', [{ name: 'dns', port: 53, protocol: 'UDP' }]));
  assert.deepEqual(hosts, {
    'db.shop.svc.cluster.local:5432': ['tunnel outbound|5432||db.shop.svc.cluster.local'],
    'odd.shop.svc.cluster.local:9000': ['requests', 'tunnel outbound|9000||odd.shop.svc.cluster.local'],
    'web.shop.svc.cluster.local:80': ['requests'],
    block_all: ['requests'],
  });
});
test('a tcp[] route of a VirtualService says where the tunnel leads', () => {
  const route: KubeObject = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name: 'split', namespace: 'shop' }, spec: { hosts: ['db'], tcp: [{ match: [{ port: 5432 }], route: [{ destination: { host: 'db' }, weight: 90 }, { destination: { host: 'db2' }, weight: 10 }] }] } };
  const ports = [{ name: 'tcp-sql', port: 5432 }];
  assert.deepEqual(hostsOf(service('db', ports), service('db2', ports), route)['db.shop.svc.cluster.local:5432'], ['tunnel [{"name":"outbound|5432||db.shop.svc.cluster.local","weight":90},{"name":"outbound|5432||db2.shop.svc.cluster.local","weight":10}]']);
});
