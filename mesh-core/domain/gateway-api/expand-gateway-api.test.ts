import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { KubeObject } from '../resources/kube-object.ts';
import { aSnapshot } from '../resources/references/a-snapshot.ts';
import { aGatewayProxy } from '../translate/a-proxy.ts';
import { EMPTY_SNAPSHOT } from '../translate/mesh-snapshot.ts';
import { translateForProxy } from '../translate/translate-for-proxy.ts';
import { expandGatewayApi } from './expand-gateway-api.ts';

const GATEWAY_API = 'gateway.networking.k8s.io/v1';
const NAMED = { 'gateway.networking.k8s.io/gateway-name': 'edge' };
const OBJECTS: readonly KubeObject[] = [
  { apiVersion: GATEWAY_API, kind: 'Gateway', metadata: { name: 'edge', namespace: 'shop' }, spec: { gatewayClassName: 'istio', listeners: [{ name: 'http', port: 8080, protocol: 'HTTP', hostname: '*.example.com' }] } },
  {
    apiVersion: GATEWAY_API,
    kind: 'HTTPRoute',
    metadata: { name: 'catalog', namespace: 'shop' },
    spec: { parentRefs: [{ name: 'edge' }], hostnames: ['shop.example.com'], rules: [{ filters: [{ type: 'RequestRedirect', requestRedirect: { hostname: 'other.example.com' } }] }] },
  },
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'edge-istio', namespace: 'shop' }, spec: { selector: NAMED, ports: [{ name: 'http', port: 8080 }] } },
];

test('a proxy behind the service of a Gateway gets its listeners and routes, another proxy nothing', () => {
  const snapshot = aSnapshot(...OBJECTS);
  const own = translateForProxy(snapshot, aGatewayProxy({ namespace: 'shop', labels: NAMED }));
  assert.deepEqual(own.listener.map(({ address }) => address?.socketAddress?.portValue), [8080]);
  assert.deepEqual(own.route.flatMap(({ virtualHosts }) => virtualHosts.flatMap(({ domains }) => domains)), ['shop.example.com']);
  assert.deepEqual(translateForProxy(snapshot, aGatewayProxy({ namespace: 'shop' })).listener, []);
});

test('a redirect without code is 302, as Kubernetes would default it', () => {
  const [service] = expandGatewayApi(aSnapshot(...OBJECTS)).virtualServices;
  assert.deepEqual(service?.spec?.http?.[0]?.redirect, { authority: 'other.example.com', derivePort: 'FROM_REQUEST_PORT', redirectCode: 302 });
});

test('the lists stay the same while nothing they are made of changes', () => {
  const snapshot = aSnapshot(...OBJECTS);
  const first = expandGatewayApi(snapshot);
  assert.equal(expandGatewayApi(snapshot), first);
  assert.equal(expandGatewayApi(first), first);
  const other = expandGatewayApi({ ...snapshot, workloadEntries: [] });
  assert.equal(other.virtualServices, first.virtualServices);
  assert.notEqual(expandGatewayApi({ ...snapshot, httpRoutes: [...snapshot.httpRoutes] }).virtualServices, first.virtualServices);
});

test('without Gateway API objects a snapshot is its own expansion', () => {
  assert.equal(expandGatewayApi(EMPTY_SNAPSHOT), EMPTY_SNAPSHOT);
});
