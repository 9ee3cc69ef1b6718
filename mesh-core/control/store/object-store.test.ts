import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { kindByApiVersion, type KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { openObjectStore, type ObjectStore, type ObjectStoreOptions } from './object-store.ts';
import type { StoreChange, WriteOutcome } from './store-change.ts';

const VIRTUAL_SERVICE = kindOf('networking.istio.io/v1', 'VirtualService');
const NAMESPACE = kindOf('v1', 'Namespace');
const CONFIG_MAP = kindOf('v1', 'ConfigMap');

function kindOf(apiVersion: string, kind: string): KindInfo {
  const info = kindByApiVersion(apiVersion, kind);
  assert.ok(info);
  return info;
}

function memoryStore(t: TestContext, options: Partial<ObjectStoreOptions> = {}): ObjectStore {
  const store = openObjectStore({ file: ':memory:', clock: { ...systemClock, now: () => Date.parse('2026-01-02T03:04:05.678Z') }, ...options });
  t.after(() => store.close());
  return store;
}

function aVirtualService(overrides: Partial<KubeObject> = {}, name = 'web'): KubeObject {
  return { apiVersion: 'networking.istio.io/v1beta1', kind: 'VirtualService', metadata: { name, namespace: 'default' }, spec: { hosts: [name] }, ...overrides };
}

function stored(outcome: WriteOutcome): KubeObject {
  assert.ok(outcome.ok, JSON.stringify(outcome));
  return outcome.object;
}

test('a created object gets uid, whole-second time, generation 1, the storage version and no status', (t) => {
  const store = memoryStore(t, { newUid: () => 'uid-1' });
  const object = stored(store.create(VIRTUAL_SERVICE, aVirtualService({ status: { made: 'up' } })));
  assert.equal(object.apiVersion, 'networking.istio.io/v1');
  assert.equal(object.status, undefined);
  assert.deepEqual(object.metadata, { name: 'web', namespace: 'default', uid: 'uid-1', creationTimestamp: '2026-01-02T03:04:05Z', generation: 1, resourceVersion: String(store.snapshotVersion) });
});

test('default and istio-system are there from the start and cannot be deleted', (t) => {
  const store = memoryStore(t);
  assert.deepEqual(store.list(NAMESPACE).map((object) => object.metadata.name), ['default', 'istio-system']);
  const outcome = store.delete(NAMESPACE, 'istio-system');
  assert.equal(!outcome.ok && outcome.reason, 'protected');
});

test('writes are refused, as values, for a taken name, a missing namespace, a missing object and a huge one', (t) => {
  const store = memoryStore(t);
  stored(store.create(VIRTUAL_SERVICE, aVirtualService()));
  const version = store.snapshotVersion;
  const reasons = [
    store.create(VIRTUAL_SERVICE, aVirtualService()),
    store.create(VIRTUAL_SERVICE, aVirtualService({ metadata: { name: 'a', namespace: 'nowhere' } })),
    store.update(VIRTUAL_SERVICE, aVirtualService({}, 'other')),
    store.delete(VIRTUAL_SERVICE, 'other', 'default'),
    store.create(CONFIG_MAP, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'big', namespace: 'default' }, data: { a: 'x'.repeat(1_600_000) } }),
  ].map((outcome) => !outcome.ok && outcome.reason);
  assert.deepEqual(reasons, ['already-exists', 'namespace-not-found', 'not-found', 'not-found', 'too-large']);
  assert.equal(store.snapshotVersion, version);
});

test('the generation rises with the spec and not with labels or status', (t) => {
  const store = memoryStore(t);
  stored(store.create(VIRTUAL_SERVICE, aVirtualService()));
  const generations = [
    store.update(VIRTUAL_SERVICE, aVirtualService({ spec: { hosts: ['a'] } })),
    store.update(VIRTUAL_SERVICE, aVirtualService({ spec: { hosts: ['a'] }, metadata: { name: 'web', namespace: 'default', labels: { a: 'b' } } })),
    store.updateStatus(VIRTUAL_SERVICE, aVirtualService({ spec: { hosts: ['ignored'] }, status: { ok: true } })),
    store.update(VIRTUAL_SERVICE, aVirtualService({ spec: { hosts: ['b'] } })),
  ].map((outcome) => stored(outcome).metadata.generation);
  assert.deepEqual(generations, [2, 2, 2, 3]);
  assert.deepEqual(store.get(VIRTUAL_SERVICE, 'web', 'default')?.spec, { hosts: ['b'] });
  assert.deepEqual(store.get(VIRTUAL_SERVICE, 'web', 'default')?.status, { ok: true });
});

test('a stale resourceVersion or another uid is a conflict, none is an unconditional write', (t) => {
  const store = memoryStore(t);
  const first = stored(store.create(VIRTUAL_SERVICE, aVirtualService()));
  const second = stored(store.update(VIRTUAL_SERVICE, { ...first, spec: { hosts: ['b'] } }));
  const stale = store.update(VIRTUAL_SERVICE, { ...first, spec: { hosts: ['c'] } });
  assert.deepEqual(!stale.ok && stale.reason === 'conflict' && [stale.field, stale.current.metadata.resourceVersion], ['resourceVersion', second.metadata.resourceVersion]);
  const otherUid = store.update(VIRTUAL_SERVICE, aVirtualService({ metadata: { name: 'web', namespace: 'default', uid: 'x' } }));
  assert.deepEqual(!otherUid.ok && otherUid.reason === 'conflict' && otherUid.field, 'uid');
  const staleDelete = store.delete(VIRTUAL_SERVICE, 'web', 'default', { resourceVersion: first.metadata.resourceVersion ?? '' });
  assert.equal(!staleDelete.ok && staleDelete.reason, 'conflict');
  stored(store.update(VIRTUAL_SERVICE, aVirtualService({ spec: { hosts: ['d'] } })));
});

test('an update that changes nothing makes no version and no event', (t) => {
  const store = memoryStore(t);
  const object = stored(store.create(VIRTUAL_SERVICE, aVirtualService()));
  const seen: StoreChange[] = [];
  store.subscribe((change) => seen.push(change));
  const outcome = store.update(VIRTUAL_SERVICE, { ...object, status: { dropped: true } });
  assert.deepEqual([outcome.ok && outcome.changed, stored(outcome).metadata.resourceVersion, seen.length], [false, object.metadata.resourceVersion, 0]);
});

test('a dry run answers as if and writes nothing', (t) => {
  const store = memoryStore(t);
  const object = stored(store.create(VIRTUAL_SERVICE, aVirtualService()));
  const version = store.snapshotVersion;
  assert.deepEqual(stored(store.update(VIRTUAL_SERVICE, { ...object, spec: { hosts: ['b'] } }, { dryRun: true })).spec, { hosts: ['b'] });
  stored(store.create(VIRTUAL_SERVICE, aVirtualService({}, 'new'), { dryRun: true }));
  assert.ok(store.delete(VIRTUAL_SERVICE, 'web', 'default', { dryRun: true }).ok);
  assert.equal(store.snapshotVersion, version);
  assert.deepEqual(store.list(VIRTUAL_SERVICE), [object]);
});

test('deleting a namespace deletes what is in it, each with its event, the namespace last', (t) => {
  const store = memoryStore(t);
  stored(store.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }));
  stored(store.create(VIRTUAL_SERVICE, aVirtualService({ metadata: { name: 'a', namespace: 'shop' } })));
  stored(store.create(CONFIG_MAP, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b', namespace: 'shop' } }));
  const seen: string[] = [];
  store.subscribe((change) => seen.push(`${change.type} ${change.kind.kind}`));
  assert.ok(store.delete(NAMESPACE, 'shop').ok);
  assert.deepEqual(seen.toSorted(), ['DELETED ConfigMap', 'DELETED Namespace', 'DELETED VirtualService']);
  assert.equal(seen.at(-1), 'DELETED Namespace');
  assert.deepEqual([store.list(VIRTUAL_SERVICE), store.list(CONFIG_MAP), store.get(NAMESPACE, 'shop')], [[], [], undefined]);
});

test('every listener sees all changes in the order of their versions, even when a listener writes', (t) => {
  const store = memoryStore(t);
  const orders: number[][] = [[], []];
  store.subscribe((change) => {
    orders[0]?.push(change.resourceVersion);
    if (change.object.metadata.name === 'a') store.create(VIRTUAL_SERVICE, aVirtualService({}, 'b'));
  });
  store.subscribe((change) => orders[1]?.push(change.resourceVersion));
  stored(store.create(VIRTUAL_SERVICE, aVirtualService({}, 'a')));
  assert.deepEqual(orders[0], [3, 4]);
  assert.deepEqual(orders[1], orders[0]);
});

test('a listener that throws neither undoes the write nor keeps the others from hearing of it', (t) => {
  const store = memoryStore(t);
  let heard = 0;
  store.subscribe(() => {
    throw new Error('broken');
  });
  store.subscribe(() => {
    heard += 1;
  });
  stored(store.create(VIRTUAL_SERVICE, aVirtualService()));
  stored(store.create(VIRTUAL_SERVICE, aVirtualService({}, 'b')));
  assert.equal(heard, 2);
});

test('the history gives the changes of a kind since a version, and expires beyond its bound and for the future', (t) => {
  const store = memoryStore(t, { historyEvents: 300 });
  const first = store.snapshotVersion;
  for (let index = 0; index < 200; index += 1) stored(store.create(VIRTUAL_SERVICE, aVirtualService({}, `a${index}`)));
  const early = store.changesSince(first, VIRTUAL_SERVICE);
  assert.ok(early.ok);
  assert.deepEqual(early.changes.map((change) => change.object.metadata.name), Array.from({ length: 200 }, (_, index) => `a${index}`));
  const maps = store.changesSince(first, CONFIG_MAP);
  assert.deepEqual(maps.ok && maps.changes, []);
  for (let index = 0; index < 600; index += 1) stored(store.create(VIRTUAL_SERVICE, aVirtualService({}, `b${index}`)));
  assert.equal(store.changesSince(first, VIRTUAL_SERVICE).ok, false);
  assert.equal(store.changesSince(store.snapshotVersion + 1, VIRTUAL_SERVICE).ok, false);
  const recent = store.changesSince(store.snapshotVersion - 300, VIRTUAL_SERVICE);
  assert.equal(recent.ok && recent.changes.length, 300);
});

test('the history is bounded in bytes too, and its newest changes stay', (t) => {
  const store = memoryStore(t, { historyBytes: 100_000 });
  const first = store.snapshotVersion;
  for (let index = 0; index < 300; index += 1) stored(store.create(CONFIG_MAP, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `m${index}`, namespace: 'default' }, data: { text: 'x'.repeat(1000) } }));
  assert.equal(store.changesSince(first, CONFIG_MAP).ok, false);
  assert.equal(store.changesSince(store.snapshotVersion - 40, CONFIG_MAP).ok, true);
});

test('lists are sorted by namespace and name and follow each change', (t) => {
  const store = memoryStore(t);
  for (const [namespace, name] of [['istio-system', 'a'], ['default', 'z'], ['default', 'b']] as const) stored(store.create(VIRTUAL_SERVICE, aVirtualService({ metadata: { name, namespace } })));
  const names = (namespace?: string): string[] => store.list(VIRTUAL_SERVICE, namespace).map((object) => `${object.metadata.namespace ?? ''}/${object.metadata.name}`);
  assert.deepEqual(names(), ['default/b', 'default/z', 'istio-system/a']);
  store.delete(VIRTUAL_SERVICE, 'z', 'default');
  assert.deepEqual(names('default'), ['default/b']);
});

test('managedFields tell whose each field is: a change takes it over, a write that changes nothing does not', (t) => {
  const store = memoryStore(t);
  const write = (hosts: string[], name: string): KubeObject => stored(store.update(VIRTUAL_SERVICE, aVirtualService({ spec: { hosts } }), { manager: { name, operation: 'Update' } }));
  stored(store.create(VIRTUAL_SERVICE, aVirtualService(), { manager: { name: 'console', operation: 'Update' } }));
  write(['b'], 'kubectl');
  write(['b'], 'nobody');
  const { metadata } = write(['c'], 'console');
  assert.deepEqual(owners(metadata), [['console', { 'f:spec': { '.': {}, 'f:hosts': {} } }]]);
  const labelled = stored(store.update(VIRTUAL_SERVICE, aVirtualService({ spec: { hosts: ['c'] }, metadata: { name: 'web', namespace: 'default', labels: { a: 'b' } } }), { manager: { name: 'kubectl', operation: 'Update' } }));
  assert.deepEqual(owners(labelled.metadata), [['console', { 'f:spec': { '.': {}, 'f:hosts': {} } }], ['kubectl', { 'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } } }]]);
  const reported = stored(store.updateStatus(VIRTUAL_SERVICE, { ...labelled, status: { phase: 'fine' } }, { manager: { name: 'controller', operation: 'Update', subresource: 'status' } }));
  assert.deepEqual(owners(reported.metadata)[1], ['controller', { 'f:status': { '.': {}, 'f:phase': {} } }]);
  const cleared = stored(store.update(VIRTUAL_SERVICE, { ...reported, metadata: Object.assign({}, reported.metadata, { managedFields: [{}] }) }, { manager: { name: 'x', operation: 'Update' } }));
  assert.deepEqual(owners(cleared.metadata), []);
});

function owners(metadata: object): unknown[] {
  return ((metadata as { managedFields?: { manager: string; fieldsV1: object }[] }).managedFields ?? []).map((entry) => [entry.manager, entry.fieldsV1]);
}

test('what has finalizers is marked and stays until the last one is gone; a namespace waits for what is in it', (t) => {
  const store = memoryStore(t);
  stored(store.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }));
  const metadata = { name: 'kept', namespace: 'shop', finalizers: ['example.com/guard'] };
  const kept = stored(store.create(CONFIG_MAP, { apiVersion: 'v1', kind: 'ConfigMap', metadata }));
  stored(store.create(CONFIG_MAP, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'free', namespace: 'shop' } }));
  const outcome = store.delete(NAMESPACE, 'shop');
  assert.equal(outcome.ok && outcome.gone, false);
  assert.deepEqual(store.list(CONFIG_MAP, 'shop').map((object) => [object.metadata.name, object.metadata.deletionTimestamp, object.metadata.generation]), [['kept', '2026-01-02T03:04:05Z', 2]]);
  assert.deepEqual(store.get(NAMESPACE, 'shop')?.status, { phase: 'Terminating' });
  const late = store.create(CONFIG_MAP, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'late', namespace: 'shop' } });
  assert.equal(!late.ok && late.reason, 'namespace-terminating');
  const seen: string[] = [];
  store.subscribe((change) => seen.push(`${change.type} ${change.object.metadata.name}`));
  stored(store.update(CONFIG_MAP, { ...kept, metadata: { name: 'kept', namespace: 'shop' } }));
  assert.deepEqual(seen, ['DELETED kept', 'DELETED shop']);
  assert.equal(store.get(NAMESPACE, 'shop'), undefined);
});
