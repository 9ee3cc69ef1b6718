import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { StatusCondition } from '#mesh-core/domain/resources/gateway-api.ts';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { ManualClock } from '#mesh-core/testing/manual-clock.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { MeshSnapshotSource } from '../registry/mesh-snapshot-source.ts';
import { openObjectStore } from '../store/object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { GatewayApiController } from './gateway-api-controller.ts';

const GATEWAY = servedKind('K8sGateway');
const ROUTE = servedKind('HTTPRoute');
const API = 'gateway.networking.k8s.io/v1';

function start(t: TestContext): { readonly store: ObjectStore; readonly clock: ManualClock } {
  const clock = new ManualClock();
  const store = openObjectStore({ file: ':memory:', clock });
  const controller = new GatewayApiController({ store, snapshots: new MeshSnapshotSource(store, { trustDomain: 'cluster.local', rootNamespace: 'istio-system' }), clock, log: silentLogger });
  t.after(() => {
    controller.close();
    store.close();
  });
  return { store, clock };
}

const gateway: KubeObject = { apiVersion: API, kind: 'Gateway', metadata: { name: 'edge', namespace: 'default' }, spec: { gatewayClassName: 'istio', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }, { name: 'alt', port: 8081, protocol: 'HTTP' }] } };
const route: KubeObject = { apiVersion: API, kind: 'HTTPRoute', metadata: { name: 'catalog', namespace: 'default' }, spec: { parentRefs: [{ name: 'edge' }], rules: [{ backendRefs: [{ name: 'nowhere', port: 80 }] }] } };

function conditions(object: KubeObject | undefined): Record<string, string> {
  const { conditions: all = [], parents = [] } = (object?.status ?? {}) as { conditions?: StatusCondition[]; parents?: { conditions: StatusCondition[] }[] };
  return Object.fromEntries([...all, ...parents.flatMap((parent) => parent.conditions)].map(({ type, status, reason = '' }) => [type, `${status} ${reason}`]));
}

test('a Gateway gets a Service with ports that need no root, and a status that follows its proxies', (t) => {
  const { store, clock } = start(t);
  store.create(GATEWAY, gateway);
  clock.advance(1000);
  const service = store.get(servedKind('Service'), 'edge-istio', 'default');
  assert.deepEqual(service?.spec, {
    type: 'ClusterIP',
    selector: { 'gateway.networking.k8s.io/gateway-name': 'edge' },
    ports: [
      { name: 'http', port: 80, targetPort: 8080, protocol: 'TCP', appProtocol: 'http' },
      { name: 'alt', port: 8081, targetPort: 8081, protocol: 'TCP', appProtocol: 'http' },
    ],
  });
  assert.deepEqual(conditions(store.get(GATEWAY, 'edge', 'default')), { Accepted: 'True Accepted', Programmed: 'False AddressNotAssigned', ResolvedRefs: 'True ResolvedRefs' });
  const labels = { 'gateway.networking.k8s.io/gateway-name': 'edge' };
  store.create(servedKind('WorkloadEntry'), { apiVersion: 'networking.istio.io/v1', kind: 'WorkloadEntry', metadata: { name: 'edge-1', namespace: 'default', labels }, spec: { address: '127.0.0.1', labels } });
  clock.advance(1000);
  assert.equal(conditions(store.get(GATEWAY, 'edge', 'default'))['Programmed'], 'True Programmed');
  store.delete(GATEWAY, 'edge', 'default');
  clock.advance(1000);
  assert.equal(store.get(servedKind('Service'), 'edge-istio', 'default'), undefined);
});

test('the status of a route says what is wrong, and is written once', (t) => {
  const { store, clock } = start(t);
  store.create(GATEWAY, gateway);
  store.create(ROUTE, route);
  clock.advance(1000);
  assert.deepEqual(conditions(store.get(ROUTE, 'catalog', 'default')), { Accepted: 'True Accepted', ResolvedRefs: 'False BackendNotFound' });
  const version = store.snapshotVersion;
  clock.advance(60_000);
  assert.equal(store.snapshotVersion, version, 'the controller answers its own writes');
  store.create(servedKind('Service'), { apiVersion: 'v1', kind: 'Service', metadata: { name: 'nowhere', namespace: 'default' }, spec: { ports: [{ port: 80 }] } });
  clock.advance(1000);
  assert.equal(conditions(store.get(ROUTE, 'catalog', 'default'))['ResolvedRefs'], 'True ResolvedRefs');
});

test('a Service of the same name that somebody else wrote is left alone', (t) => {
  const { store, clock } = start(t);
  store.create(servedKind('Service'), { apiVersion: 'v1', kind: 'Service', metadata: { name: 'edge-istio', namespace: 'default' }, spec: { ports: [{ port: 1 }] } });
  store.create(GATEWAY, gateway);
  clock.advance(1000);
  assert.deepEqual(store.get(servedKind('Service'), 'edge-istio', 'default')?.spec, { ports: [{ port: 1 }] });
});

test('the built-in classes are there from the start, and come back', (t) => {
  const { store, clock } = start(t);
  const classes = (): string[] => store.list(servedKind('GatewayClass')).map(({ metadata }) => metadata.name);
  assert.deepEqual(classes(), ['istio', 'istio-remote']);
  store.delete(servedKind('GatewayClass'), 'istio');
  clock.advance(1000);
  assert.deepEqual(classes(), ['istio', 'istio-remote']);
});
