import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readProxyNode } from './read-proxy-node.ts';

const ID = 'sidecar~127.0.0.1~catalog-v1-127.0.0.1-4711.shop~shop.svc.cluster.local';
const METADATA = { NAMESPACE: 'shop', WORKLOAD_NAME: 'catalog-v1', SERVICE_ACCOUNT: 'catalog', LABELS: { app: 'catalog' }, INBOUND_PORT: 4711, OUTBOUND_PORT: '4712', STATS_PORT: 4713, APP_PORT: 8000, AUTO_REGISTER_GROUP: 'catalog-v1', ISTIO_VERSION: '1.29' };

test('a sidecar is read from its id and metadata, ports as numbers or texts', () => {
  assert.deepEqual(readProxyNode({ id: ID, metadata: METADATA }), {
    ok: true,
    proxy: {
      node: { id: ID, type: 'sidecar', namespace: 'shop', workload: 'catalog-v1', serviceAccount: 'catalog', labels: { app: 'catalog' }, address: '127.0.0.1', inboundPort: 4711, outboundPort: 4712, statsPort: 4713, appPort: 8000 },
      autoRegisterGroup: 'catalog-v1',
      version: '1.29',
    },
  });
});

test('without metadata the id gives namespace and name, and the account is the default one', () => {
  const reading = readProxyNode({ id: 'router~10.0.0.7~gateway-1.istio-system~istio-system.svc.cluster.local' });
  assert.ok(reading.ok);
  assert.deepEqual(reading.proxy, { node: { id: 'router~10.0.0.7~gateway-1.istio-system~istio-system.svc.cluster.local', type: 'router', namespace: 'istio-system', workload: 'gateway-1', serviceAccount: 'default', labels: {}, address: '10.0.0.7' }, version: '' });
});

test('a malformed part is named in the refusal', () => {
  const cases: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
    ['nobody', METADATA, /node id "nobody"/],
    ['ztunnel~127.0.0.1~a.shop~x', METADATA, /sidecar\|router/],
    ['sidecar~localhost~a.shop~x', METADATA, /no IP address/],
    [ID, { ...METADATA, NAMESPACE: '../etc' }, /NAMESPACE/],
    [ID, { ...METADATA, INBOUND_PORT: 70_000 }, /INBOUND_PORT "70000"/],
    [ID, { ...METADATA, LABELS: { app: 1 } }, /LABELS/],
    [ID, { ...METADATA, LABELS: ['app'] }, /LABELS/],
    [ID, { ...METADATA, AUTO_REGISTER_GROUP: 'a b' }, /AUTO_REGISTER_GROUP/],
  ];
  for (const [id, metadata, expected] of cases) {
    const reading = readProxyNode({ id, metadata });
    assert.ok(!reading.ok, id);
    assert.match(reading.reason, expected);
  }
});
