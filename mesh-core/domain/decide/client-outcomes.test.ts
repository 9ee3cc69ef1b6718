import assert from 'node:assert/strict';
import test from 'node:test';
import { initialObjects, runtimeObjects } from '#mesh-core/demo/shop-objects.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import { aSnapshot } from '../resources/references/a-snapshot.ts';
import { aGatewayProxy, aSidecar, aWorkload } from '../translate/a-proxy.ts';
import { clientOutcomes } from './client-outcomes.ts';
import { simulateRequest } from './simulate-request.ts';
import { simulatePlainClient } from './simulate-plain-client.ts';
import type { SimulatedRequest } from './simulate-request.ts';

const SHOP = [...runtimeObjects(9080, 8080), ...initialObjects(), ...['v1', 'v2'].map((version, i) => aWorkload('catalog', version, 4001 + i)), aWorkload('inventory', 'v1', 4003), aWorkload('ui', 'v1', 4004)];
const object = (apiVersion: string, kind: string, name: string, spec: object): KubeObject => ({ apiVersion, kind, metadata: { name, namespace: 'shop' }, spec }) as KubeObject;
const routes = (host: string, ...http: readonly object[]): KubeObject => object('networking.istio.io/v1', 'VirtualService', `${host}-rules`, { hosts: [host], http });
const to = (host: string, more: object = {}): object => ({ route: [{ destination: { host } }], ...more });
const limit = object('binnacle.dev/v1', 'RateLimitPolicy', 'few', { limits: [{ requests: 5, per: '1m' }] });
const tokens = object('security.istio.io/v1', 'RequestAuthentication', 'ui', { selector: { matchLabels: { app: 'ui' } }, jwtRules: [{ issuer: 'https://id.shop', jwks: '{"keys":[]}' }] });
const plain = object('networking.istio.io/v1', 'DestinationRule', 'plain', { host: 'inventory', trafficPolicy: { tls: { mode: 'DISABLE' } } });

type Short = readonly [share: number, result: string];
const ROWS: readonly (readonly [rule: string, request: Partial<SimulatedRequest> & { host: string }, more: readonly KubeObject[], expected: readonly Short[]])[] = [
  ['the shares of a split reach their workloads', { host: 'catalog' }, [], [[0.8, 'app shop/catalog-v1'], [0.2, 'app shop/catalog-v2']]],
  ['a policy of the destination refuses', { host: 'inventory' }, [], [[1, '403 shop/inventory-v1']]],
  ['a fault comes before the split, which shares what is left', { host: 'ui' }, [routes('ui', to('ui', { fault: { abort: { httpStatus: 418, percentage: { value: 25 } } } }))], [[0.25, '418 FI'], [0.75, 'app shop/ui-v1']]],
  ['a fault of all requests leaves nothing to the route', { host: 'ui' }, [routes('ui', to('ui', { fault: { abort: { httpStatus: 418, percentage: { value: 100 } } } }))], [[1, '418 FI']]],
  ['no route takes it', { host: 'ui' }, [routes('ui', to('ui', { match: [{ uri: { exact: '/a' } }] }))], [[1, '404 NR']]],
  ['a redirect', { host: 'ui' }, [routes('ui', { redirect: { uri: '/b' } })], [[1, '301']]],
  ['a host that the mesh does not know', { host: 'example.org' }, [], [[1, '502']]],
  ['a subset that is not there', { host: 'ui' }, [routes('ui', { route: [{ destination: { host: 'ui', subset: 'v9' } }] })], [[1, '503 NC']]],
  ['a service without endpoints', { host: 'cart' }, [], [[1, '503 UH']]],
  ['plain text to a workload that is STRICT', { host: 'inventory' }, [plain], [[1, '503 UC shop/inventory-v1']]],
  ['somebody outside the mesh', { host: 'bank.example.com' }, [], [[1, 'outside bank.example.com']]],
  ['a token that cannot be read', { host: 'ui', headers: { authorization: 'Bearer x' } }, [tokens], [[1, '401 shop/ui-v1']]],
  ['a port that no Gateway opens', { from: aGatewayProxy(), host: 'localhost', port: 81 }, [], [[1, 'closed']]],
  ['what a limit or a timeout may make of it is told beside it', { host: 'ui' }, [limit, routes('ui', to('ui', { timeout: '2s' }))], [[1, 'app shop/ui-v1 | 429 RL | 504 UT']]],
];
for (const [rule, request, more, expected] of ROWS) {
  test(`what the client sees: ${rule}`, () => {
    const outcomes = clientOutcomes(simulateRequest(aSnapshot(...SHOP, ...more), { from: aSidecar('ui'), ...request }));
    assert.deepEqual(outcomes.map(({ share, by, status, flag, reached, unless }) => [share, [[by === 'proxy' ? status : by, flag, reached].filter((part) => part !== undefined).join(' '), ...unless.map((other) => `${other.status} ${other.flag ?? ''}`)].join(' | ')]), expected);
    assert.equal(outcomes.reduce((sum, { share }) => sum + share, 0), 1);
  });
}

test('a policy of the gateway is asked before the route', () => {
  const deny = { ...object('security.istio.io/v1', 'AuthorizationPolicy', 'closed', { selector: { matchLabels: { istio: 'ingressgateway' } }, action: 'DENY', rules: [{ to: [{ operation: { paths: ['/admin*'] } }] }] }), metadata: { name: 'closed', namespace: 'istio-system' } };
  const outcomes = clientOutcomes(simulateRequest(aSnapshot(...SHOP, deny as KubeObject), { from: aGatewayProxy(), host: 'shop.example.com', path: '/admin/x' }));
  assert.deepEqual(outcomes.map(({ status, at, because }) => [status, at, because]), [[403, 'caller', 'denied by istio-system/closed (rule 1)']]);
});

const permissive = { ...object('security.istio.io/v1', 'PeerAuthentication', 'default', { mtls: { mode: 'PERMISSIVE' } }), metadata: { name: 'shop', namespace: 'shop' } } as KubeObject;
const PLAIN: readonly (readonly [rule: string, host: string, port: number, more: readonly KubeObject[], expected: readonly string[]])[] = [
  ['STRICT cuts it off', 'inventory', 80, [], ['closed inventory-v1']],
  ['PERMISSIVE lets it in; rules that ask for an identity do not', 'inventory', 80, [permissive], ['403 inventory-v1']],
  ['PERMISSIVE without policies', 'ui', 80, [permissive], ['app ui-v1']],
  ['no such port', 'ui', 81, [permissive], ['closed ']],
  ['no such host', 'nowhere', 80, [permissive], ['closed ']],
];
for (const [rule, host, port, more, expected] of PLAIN) {
  test(`a program without a sidecar: ${rule}`, () => {
    const outcomes = clientOutcomes(simulatePlainClient(aSnapshot(...SHOP, ...more), { namespace: 'shop', host, port }));
    assert.deepEqual(outcomes.map(({ by, status, reached }) => `${status ?? by} ${reached?.split('/')[1] ?? ''}`), expected);
  });
}
