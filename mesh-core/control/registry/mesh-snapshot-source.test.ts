import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openObjectStore } from '../store/object-store.ts';
import { MeshSnapshotSource } from './mesh-snapshot-source.ts';

const FIXED = { trustDomain: 'cluster.local', rootNamespace: 'istio-system' };

test('a snapshot is the same object until something of the mesh changes, and then shares the lists that did not', (t) => {
  const store = openObjectStore({ file: ':memory:' });
  t.after(() => store.close());
  const source = new MeshSnapshotSource(store, FIXED);
  const first = source.take();
  store.create(servedKind('Event'), { apiVersion: 'v1', kind: 'Event', metadata: { name: 'other', namespace: 'default' } });
  assert.equal(source.take().snapshot, first.snapshot);
  assert.equal(Number(source.take().version), Number(first.version) + 1);
  store.create(servedKind('Service'), { apiVersion: 'v1', kind: 'Service', metadata: { name: 'catalog', namespace: 'default' }, spec: {} });
  const second = source.take().snapshot;
  assert.deepEqual(second.services.map((service) => service.metadata.name), ['catalog']);
  assert.equal(second.virtualServices, first.snapshot.virtualServices);
});

test('the mesh config is part of the snapshot; it and authorities concern proxies, other ConfigMaps do not', (t) => {
  const store = openObjectStore({ file: ':memory:' });
  t.after(() => store.close());
  const source = new MeshSnapshotSource(store, FIXED);
  const concerned: boolean[] = [];
  store.subscribe((change) => concerned.push(source.concerns(change)));
  store.create(servedKind('ConfigMap'), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio', namespace: 'istio-system' }, data: { mesh: 'outboundTrafficPolicy: {mode: ALLOW_ANY}' } });
  store.create(servedKind('ConfigMap'), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio', namespace: 'default' }, data: {} });
  store.create(servedKind('ConfigMap'), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'authorities', namespace: 'default' }, data: { 'ca.crt': '' } });
  assert.equal(source.take().snapshot.mesh.outboundTrafficPolicy, 'ALLOW_ANY');
  assert.deepEqual(concerned, [true, false, true]);
});
