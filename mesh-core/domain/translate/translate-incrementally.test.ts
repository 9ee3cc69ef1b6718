import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import { aGatewayProxy, aSidecar } from './a-proxy.ts';
import { EMPTY_SNAPSHOT, snapshotLists } from './mesh-snapshot.ts';
import type { MeshSnapshot } from './mesh-snapshot.ts';
import { translateForProxy } from './translate-for-proxy.ts';

const APPS = ['a', 'b', 'c'] as const;
const object = (apiVersion: string, kind: string, name: string, spec: object, metadata: object = {}): KubeObject => ({ apiVersion, kind, metadata: { name, namespace: 'shop', ...metadata }, spec }) as KubeObject;
const networking = (kind: string, name: string, spec: object, metadata?: object): KubeObject => object('networking.istio.io/v1', kind, name, spec, metadata);
const security = (kind: string, name: string, spec: object, metadata?: object): KubeObject => object('security.istio.io/v1', kind, name, spec, metadata);

/** A mesh that keeps the lists whose objects did not change, as the store does. */
class World {
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  #lists: Readonly<Record<string, readonly KubeObject[]>> = {};
  #mesh = EMPTY_SNAPSHOT.mesh;

  put(one: KubeObject): void {
    const ofKind = this.#objects.get(one.kind) ?? new Map<string, KubeObject>();
    this.#objects.set(one.kind, ofKind.set(`${one.metadata.namespace}/${one.metadata.name}`, one));
    this.#lists = { ...this.#lists, [one.kind]: [...ofKind.values()] };
  }
  remove(kind: string, name: string, namespace = 'shop'): void {
    const ofKind = this.#objects.get(kind);
    if (ofKind?.delete(`${namespace}/${name}`) === true) this.#lists = { ...this.#lists, [kind]: [...ofKind.values()] };
  }
  set mesh(mesh: Partial<MeshSnapshot['mesh']>) {
    this.#mesh = { ...this.#mesh, ...mesh };
  }
  snapshot(): MeshSnapshot {
    const lists = snapshotLists((kind) => this.#lists[kind] ?? NONE);
    return { ...lists, mesh: this.#mesh };
  }
}
const NONE: readonly KubeObject[] = [];

type Change = (world: World, app: string, n: number) => void;
const workload = (app: string, spec: object, status?: object): KubeObject => ({ ...networking('WorkloadEntry', `${app}-1`, { address: '10.0.0.1', ports: { http: 8080 }, serviceAccount: app, labels: { app, version: 'v1' }, ...spec }), ...(status === undefined ? {} : { status }) }) as KubeObject;
const CHANGES: Readonly<Record<string, Change>> = {
  weight: (world, app, n) => world.put(workload(app, { weight: n + 1 })),
  address: (world, app, n) => world.put(workload(app, { address: n === 0 ? '127.0.0.1' : `10.0.0.${n}`, locality: n % 2 === 0 ? 'eu/a' : 'us/b' })),
  account: (world, app, n) => world.put(workload(app, n === 0 ? { serviceAccount: '' } : { serviceAccount: `${app}-${n}` })),
  health: (world, app, n) => world.put(workload(app, {}, { conditions: [{ type: 'Healthy', status: n % 2 === 0 ? 'False' : 'True' }] })),
  moved: (world, app, n) => world.put(workload(app, { labels: { app: APPS[n % 3], version: `v${n % 2}` } })),
  second: (world, app, n) => (n === 0 ? world.remove('WorkloadEntry', `${app}-2`) : world.put(networking('WorkloadEntry', `${app}-2`, { address: `10.1.0.${n}`, labels: { app, version: 'v2' } }))),
  service: (world, app, n) => (n === 0 ? world.remove('Service', app) : world.put(object('v1', 'Service', app, { selector: { app }, ...(n === 4 ? { clusterIP: 'None' } : { clusterIP: `10.9.0.${n}` }), ports: [{ name: n === 3 ? 'tcp' : 'http', port: 79 + n, targetPort: n === 2 ? 'http' : 8080 }] }))),
  alias: (world, _app, n) => (n === 0 ? world.remove('Service', 'alias') : world.put(object('v1', 'Service', 'alias', { type: 'ExternalName', externalName: `${APPS[n % 3]}.shop.svc.cluster.local`, ports: [{ name: 'http', port: 80 }] }))),
  entry: (world, _app, n) => (n === 0 ? world.remove('ServiceEntry', 'out') : world.put(networking('ServiceEntry', 'out', { hosts: ['out.com'], ports: [{ number: 80, name: 'http', protocol: n === 1 ? 'TCP' : 'HTTP' }], resolution: n === 2 ? 'DNS' : 'STATIC', ...(n === 3 ? { workloadSelector: { labels: { app: 'a' } } } : { endpoints: [{ address: n === 2 ? 'x.com' : '127.0.0.1' }] }) }))),
  rule: (world, app, n) => (n === 0 ? world.remove('DestinationRule', app) : world.put(networking('DestinationRule', app, { host: app, ...(n === 4 ? { workloadSelector: { matchLabels: { app: 'a' } } } : {}), subsets: [{ name: 'v1', labels: { version: 'v1' } }], trafficPolicy: n === 1 ? { outlierDetection: {} } : n === 2 ? { loadBalancer: { consistentHash: { httpHeaderName: 'x' } } } : { connectionPool: { http: { http2MaxRequests: n } } } }))),
  routes: (world, app, n) => (n === 0 ? world.remove('VirtualService', app) : world.put(networking('VirtualService', app, { hosts: [app], ...(n === 2 ? { gateways: ['mesh', 'istio-system/gw'] } : {}), http: [{ ...(n === 3 ? { match: [{ sourceLabels: { app: 'b' } }] } : {}), route: [{ destination: { host: app, ...(n === 1 ? { subset: 'v1' } : {}) } }], timeout: `${n}s` }] }))),
  sidecar: (world, _app, n) => (n === 0 ? world.remove('Sidecar', 'one') : world.put(networking('Sidecar', 'one', { ...(n === 1 ? { workloadSelector: { labels: { app: 'a' } } } : {}), egress: [{ hosts: n === 2 ? ['./b.shop.svc.cluster.local'] : ['./*'] }] }))),
  peers: (world, app, n) => (n === 0 ? world.remove('PeerAuthentication', 'pa') : world.put(security('PeerAuthentication', 'pa', { ...(n === 1 ? { selector: { matchLabels: { app } } } : {}), mtls: { mode: ['STRICT', 'DISABLE', 'PERMISSIVE'][n % 3] } }))),
  policy: (world, app, n) => (n === 0 ? world.remove('AuthorizationPolicy', 'ap') : world.put(security('AuthorizationPolicy', 'ap', { selector: { matchLabels: { app } }, rules: [{ to: [{ operation: { paths: [`/${n}`] } }] }] }))),
  gateway: (world, _app, n) => (n === 0 ? world.remove('Gateway', 'gw', 'istio-system') : world.put(networking('Gateway', 'gw', { selector: { istio: 'ingressgateway' }, servers: [{ port: { number: 8000 + n, name: 'http', protocol: n === 3 ? 'TLS' : 'HTTP' }, hosts: ['*'], ...(n === 3 ? { tls: { mode: 'AUTO_PASSTHROUGH' } } : {}) }] }, { namespace: 'istio-system' }))),
  telemetry: (world, _app, n) => (n === 0 ? world.remove('Telemetry', 't') : world.put(object('telemetry.istio.io/v1', 'Telemetry', 't', { accessLogging: [{ disabled: n % 2 === 0 }] }))),
  settings: (world, _app, n) => {
    world.mesh = { outboundTrafficPolicy: n % 2 === 0 ? 'ALLOW_ANY' : 'REGISTRY_ONLY', ...(n === 3 ? { connectTimeout: '3s' } : {}) };
  },
};
const NODES = [aSidecar('a'), aSidecar('b', { locality: 'eu/a' }), aSidecar('a', { id: 'captured', interception: 'REDIRECT', address: '10.0.0.1' }), aSidecar('client', { locality: 'us/b', interception: 'REDIRECT' }), aGatewayProxy()];

function aWorld(): World {
  const world = new World();
  for (const app of APPS) {
    world.put(object('v1', 'Service', app, { selector: { app }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] }));
    world.put(workload(app, {}));
  }
  return world;
}

test('after any sequence of changes each proxy has what a translation without a past gives', () => {
  const step = fc.record({ what: fc.constantFrom(...Object.keys(CHANGES)), app: fc.constantFrom(...APPS), n: fc.nat(4) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 12 }), (steps) => {
      const world = aWorld();
      for (const node of NODES) translateForProxy(world.snapshot(), node);
      const incremental = steps.map(({ what, app, n }) => {
        CHANGES[what]?.(world, app, n);
        const snapshot = world.snapshot();
        return { what: `${what} ${app} ${n}`, snapshot, configurations: NODES.map((node) => translateForProxy(snapshot, node)) };
      });
      for (const { what, snapshot, configurations } of incremental) {
        // A copy has no object in common with anything before: all of it is made anew.
        const copy = structuredClone(snapshot);
        for (const [i, node] of NODES.entries()) assert.deepEqual(configurations[i], translateForProxy(copy, structuredClone(node)), `${what}: ${node.id}`);
      }
    }),
    { numRuns: 60, interruptAfterTimeLimit: 4000 },
  );
});

for (const node of NODES) {
  test(`another weight of an endpoint leaves all but its assignment the very objects they were: ${node.id}`, () => {
    const { world, before } = settled(node);
    CHANGES['weight']?.(world, 'a', 3);
    const after = translateForProxy(world.snapshot(), node);
    assert.deepEqual([after.cluster === before.cluster, after.listener === before.listener, after.route === before.route], [true, true, true]);
    assert.deepEqual(after.endpoint.filter((one) => !before.endpoint.includes(one)).map(({ clusterName }) => clusterName), ['outbound|80|v1|a.shop.svc.cluster.local', 'outbound|80||a.shop.svc.cluster.local']);
  });

  test(`another DestinationRule leaves all but the clusters of its host: ${node.id}`, () => {
    const { world, before } = settled(node);
    CHANGES['rule']?.(world, 'a', 4 + 3);
    const after = translateForProxy(world.snapshot(), node);
    assert.deepEqual([after.endpoint === before.endpoint, after.listener === before.listener, after.route === before.route], [true, true, true]);
    assert.deepEqual(after.cluster.filter((one) => !before.cluster.includes(one) && !one.name.startsWith('inbound|')).map(({ name }) => name), ['outbound|80|v1|a.shop.svc.cluster.local', 'outbound|80||a.shop.svc.cluster.local']);
  });

  test(`another VirtualService leaves all but routes: ${node.id}`, () => {
    const { world, before } = settled(node);
    CHANGES['routes']?.(world, 'a', 4);
    const after = translateForProxy(world.snapshot(), node);
    assert.deepEqual([after.cluster === before.cluster, after.endpoint === before.endpoint, after.listener === before.listener], [true, true, true]);
  });
}

function settled(node: (typeof NODES)[number]): { readonly world: World; readonly before: ReturnType<typeof translateForProxy> } {
  const world = aWorld();
  CHANGES['rule']?.(world, 'a', 3);
  return { world, before: translateForProxy(world.snapshot(), node) };
}
