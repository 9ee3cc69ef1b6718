import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import { deepEqual } from '../store/deep-equal.ts';
import { decodeOwners, encodeOwners, type FieldManager, type Owners } from './field-managers.ts';
import { pathText } from './fields-v1.ts';
import { kindShape } from './kind-shape.ts';
import { applyConfiguration, ownersAfterUpdate } from './track-fields.ts';
import { MergeKeyError } from './field-walk.ts';

type Json = Readonly<Record<string, unknown>>;
interface State {
  readonly object: Json | undefined;
  readonly owners: Owners;
}
/** One step: an apply or an update by a manager, of a Service unless another kind is named. */
type Step = { readonly apply: Json; readonly by: string; readonly force?: true; readonly conflicts?: readonly string[] } | { readonly update: Json; readonly by: string };

const NOTHING: State = { object: undefined, owners: new Map() };
let now = 0;

function write(by: string, operation: FieldManager['operation'], kindId: string): Parameters<typeof ownersAfterUpdate>[3] {
  now += 1;
  return { manager: { name: by, operation }, apiVersion: 'v1', time: `2026-01-01T00:00:${String(now % 60).padStart(2, '0')}Z`, shape: kindShape(servedKind(kindId)) };
}

function run(steps: readonly Step[], kindId: string): State {
  let state = NOTHING;
  for (const step of steps) {
    if ('update' in step) {
      state = { object: step.update, owners: ownersAfterUpdate(state.object, step.update, state.owners, write(step.by, 'Update', kindId)) };
      continue;
    }
    const outcome = applyConfiguration(state.object, step.apply, state.owners, write(step.by, 'Apply', kindId), step.force === true);
    if (!outcome.ok) {
      assert.deepEqual(outcome.conflicts.map(({ owner, path }) => `${owner.manager}: ${pathText(path)}`), step.conflicts ?? []);
      continue;
    }
    assert.equal(step.conflicts, undefined, 'a conflict was expected');
    state = { object: outcome.object, owners: outcome.owners };
  }
  return state;
}

function ownersOf(state: State): Json {
  return Object.fromEntries(encodeOwners(state.owners).map((entry) => [`${entry.manager} ${entry.operation}`, entry.fieldsV1]));
}

const labels = (values: Json): Json => ({ metadata: { labels: values } });
const ports = (...list: readonly Json[]): Json => ({ spec: { ports: list } });

const CASES: readonly { readonly name: string; readonly kind?: string; readonly steps: readonly Step[]; readonly object: Json; readonly owners: Json }[] = [
  {
    name: 'an applier owns the leaves it names, not the maps on the way',
    steps: [{ apply: labels({ a: '1' }), by: 'x' }],
    object: labels({ a: '1' }),
    owners: { 'x Apply': { 'f:metadata': { 'f:labels': { 'f:a': {} } } } },
  },
  {
    name: 'what an applier gives up goes',
    steps: [{ apply: labels({ a: '1', b: '2' }), by: 'x' }, { apply: labels({ b: '2' }), by: 'x' }],
    object: labels({ b: '2' }),
    owners: { 'x Apply': { 'f:metadata': { 'f:labels': { 'f:b': {} } } } },
  },
  {
    name: 'what an applier gives up and another has stays',
    steps: [{ apply: labels({ a: '1', b: '2' }), by: 'x' }, { apply: labels({ a: '1' }), by: 'y' }, { apply: labels({ b: '2' }), by: 'x' }],
    object: labels({ a: '1', b: '2' }),
    owners: { 'x Apply': { 'f:metadata': { 'f:labels': { 'f:b': {} } } }, 'y Apply': { 'f:metadata': { 'f:labels': { 'f:a': {} } } } },
  },
  {
    name: 'applying the same value shares a field; another value is a conflict; force takes it',
    steps: [
      { apply: labels({ a: '1' }), by: 'x' },
      { apply: labels({ a: '1' }), by: 'y' },
      { apply: labels({ a: '2' }), by: 'z', conflicts: ['x: .metadata.labels.a', 'y: .metadata.labels.a'] },
      { apply: labels({ a: '3' }), by: 'z', force: true },
    ],
    object: labels({ a: '3' }),
    owners: { 'z Apply': { 'f:metadata': { 'f:labels': { 'f:a': {} } } } },
  },
  {
    name: 'an update takes fields over without asking, and an apply of the old value then conflicts with it',
    steps: [{ apply: labels({ a: '1', b: '1' }), by: 'x' }, { update: labels({ a: '2', b: '1' }), by: 'kubectl-edit' }, { apply: labels({ a: '1', b: '1' }), by: 'x', conflicts: ['kubectl-edit: .metadata.labels.a'] }],
    object: labels({ a: '2', b: '1' }),
    owners: { 'x Apply': { 'f:metadata': { 'f:labels': { 'f:b': {} } } }, 'kubectl-edit Update': { 'f:metadata': { 'f:labels': { 'f:a': {} } } } },
  },
  {
    name: 'ports merge by port and protocol, TCP when none is named',
    steps: [
      { apply: ports({ port: 80, name: 'http' }), by: 'x' },
      { apply: ports({ port: 53, protocol: 'UDP', name: 'dns' }), by: 'y' },
      { apply: ports({ port: 80, protocol: 'TCP', targetPort: 8080 }), by: 'y', force: true },
    ],
    object: ports({ port: 80, name: 'http', protocol: 'TCP', targetPort: 8080 }),
    owners: {
      'x Apply': { 'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {} } } } },
      'y Apply': { 'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:protocol': {}, 'f:targetPort': {} } } } },
    },
  },
  {
    name: 'a list item that its only applier gives up goes whole; what an updater put in stays',
    steps: [
      { apply: ports({ port: 80 }, { port: 81 }), by: 'x' },
      { update: ports({ port: 80 }, { port: 81 }, { port: 90 }), by: 'kubectl-edit' },
      { apply: ports({ port: 80 }), by: 'x' },
    ],
    object: ports({ port: 80 }, { port: 90 }),
    owners: {
      'x Apply': { 'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {} } } } },
      'kubectl-edit Update': { 'f:spec': { 'f:ports': { 'k:{"port":90,"protocol":"TCP"}': { '.': {}, 'f:port': {} } } } },
    },
  },
  {
    name: 'an atomic map has one owner',
    steps: [{ apply: { spec: { selector: { app: 'a' } } }, by: 'x' }, { apply: { spec: { selector: { tier: 'b' } } }, by: 'y', conflicts: ['x: .spec.selector'] }, { apply: { spec: { selector: { tier: 'b' } } }, by: 'y', force: true }],
    object: { spec: { selector: { tier: 'b' } } },
    owners: { 'y Apply': { 'f:spec': { 'f:selector': {} } } },
  },
  {
    name: 'finalizers are a set',
    steps: [{ apply: { metadata: { finalizers: ['a'] } }, by: 'x' }, { apply: { metadata: { finalizers: ['b'] } }, by: 'y' }, { apply: { metadata: {} }, by: 'x' }],
    object: { metadata: { finalizers: ['b'] } },
    owners: { 'y Apply': { 'f:metadata': { 'f:finalizers': { 'v:"b"': {} } } } },
  },
  {
    name: 'lists of custom resources are atomic unless their schema says otherwise',
    kind: 'VirtualService',
    steps: [{ apply: { spec: { hosts: ['a'], http: [{ name: 'r' }] } }, by: 'x' }, { apply: { spec: { http: [{ name: 's' }] } }, by: 'y', conflicts: ['x: .spec.http'] }],
    object: { spec: { hosts: ['a'], http: [{ name: 'r' }] } },
    owners: { 'x Apply': { 'f:spec': { 'f:hosts': {}, 'f:http': {} } } },
  },
  {
    name: "Gateway API's listeners merge by name",
    kind: 'K8sGateway',
    steps: [{ apply: { spec: { listeners: [{ name: 'http', port: 80 }] } }, by: 'x' }, { apply: { spec: { listeners: [{ name: 'https', port: 443 }] } }, by: 'y' }],
    object: { spec: { listeners: [{ name: 'http', port: 80 }, { name: 'https', port: 443 }] } },
    owners: {
      'x Apply': { 'f:spec': { 'f:listeners': { 'k:{"name":"http"}': { '.': {}, 'f:name': {}, 'f:port': {} } } } },
      'y Apply': { 'f:spec': { 'f:listeners': { 'k:{"name":"https"}': { '.': {}, 'f:name': {}, 'f:port': {} } } } },
    },
  },
  {
    name: 'a map that loses all that was applied in it stays, empty, when it is still applied',
    steps: [{ apply: labels({ a: '1' }), by: 'x' }, { apply: labels({}), by: 'x' }],
    object: labels({}),
    owners: { 'x Apply': { 'f:metadata': { 'f:labels': {} } } },
  },
  {
    name: 'an empty list that merges is no claim to it',
    steps: [{ update: { metadata: { finalizers: ['a'] } }, by: 'u' }, { apply: { metadata: { finalizers: [] } }, by: 'x' }],
    object: { metadata: { finalizers: ['a'] } },
    owners: { 'u Update': { 'f:metadata': { 'f:finalizers': { '.': {}, 'v:"a"': {} } } } },
  },
  {
    name: 'without a schema, a map that becomes a list is another value, not a map less its fields',
    kind: 'PrometheusRule',
    steps: [{ update: { status: { a: { b: 'c' } }, spec: { x: { y: 'z' } } }, by: 'u' }, { apply: { spec: { x: [] } }, by: 'x', force: true }],
    object: { status: { a: { b: 'c' } }, spec: { x: [] } },
    owners: { 'x Apply': { 'f:spec': { 'f:x': {} } }, 'u Update': { 'f:spec': {} } },
  },
  {
    name: 'identity and status are nobody’s on the main path',
    kind: 'ConfigMap',
    steps: [{ apply: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'b' }, data: { k: 'v' } }, by: 'x' }],
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'b' }, data: { k: 'v' } },
    owners: { 'x Apply': { 'f:data': { 'f:k': {} } } },
  },
  {
    name: 'a field that an update removes is nobody’s any more',
    steps: [{ apply: labels({ a: '1', b: '1' }), by: 'x' }, { update: labels({ b: '1' }), by: 'kubectl-edit' }],
    object: labels({ b: '1' }),
    owners: { 'x Apply': { 'f:metadata': { 'f:labels': { 'f:b': {} } } } },
  },
];

for (const { name, kind = 'Service', steps, object, owners } of CASES) {
  test(name, () => {
    const state = run(steps, kind);
    assert.deepEqual(state.object, object);
    assert.deepEqual(ownersOf(state), owners);
  });
}

test('the order of a merged list follows the configuration for shared items and keeps the others where they were', () => {
  const names = (...list: readonly string[]): Json => ({ metadata: { finalizers: list } });
  const ORDERS: readonly (readonly [string, string, string])[] = [
    ['abc', 'abc', 'abc'],
    ['abc', 'cba', 'cba'],
    ['abc', 'd', 'abcd'],
    ['abc', 'db', 'adbc'],
    ['abcd', 'ca', 'bcda'],
  ];
  for (const [stored, applied, expected] of ORDERS) {
    const state = run([{ update: names(...stored.split('')), by: 'u' }, { apply: names(...applied.split('')), by: 'x', force: true }], 'Service');
    assert.equal((state.object as { metadata: { finalizers: string[] } }).metadata.finalizers.join(''), expected);
  }
});

test('an object that was written before anybody was tracked belongs to before-first-apply', () => {
  const outcome = applyConfiguration(labels({ a: '1' }), labels({ a: '2' }), new Map(), write('x', 'Apply', 'Service'), false);
  assert.deepEqual(!outcome.ok && outcome.conflicts.map(({ owner, path }) => [owner.manager, pathText(path)]), [['before-first-apply', '.metadata.labels.a']]);
});

test('a configuration with two items of one key is refused', () => {
  assert.throws(() => applyConfiguration(undefined, ports({ port: 80 }, { port: 80 }), new Map(), write('x', 'Apply', 'Service'), false), (error) => error instanceof MergeKeyError && error.message === '.spec.ports: duplicate entries for key [port=80,protocol="TCP"]');
});

test('an eleventh updater merges the oldest into one entry', () => {
  let state = NOTHING;
  for (let index = 0; index < 12; index += 1) {
    const object = labels(Object.fromEntries(Array.from({ length: index + 1 }, (_, label) => [`l${label}`, 'x'])));
    state = { object, owners: ownersAfterUpdate(state.object, object, state.owners, write(`m${index}`, 'Update', 'Service')) };
  }
  const entries = encodeOwners(state.owners);
  assert.equal(entries.length, 10);
  assert.ok(entries.some((entry) => entry.manager === 'ancient-changes'));
});

const json = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, fc.constantFrom<unknown>('a', 1, true, null), fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__', 'labels', 'ports', 'port'), tie('value'), { maxKeys: 3 })),
})).value;
const someObject = fc.record({ metadata: fc.record({ labels: json, finalizers: json, ownerReferences: json }, { requiredKeys: [] }), spec: json, status: json }, { requiredKeys: [] });

test('whatever is written: applying twice changes nothing more, encoded owners read back the same, and nothing throws but for repeated keys', () => {
  fc.assert(
    fc.property(someObject, someObject, someObject, (first, second, third) => {
      try {
        let owners = ownersAfterUpdate(undefined, first, new Map(), write('u', 'Update', 'Service'));
        owners = ownersAfterUpdate(first, second, owners, write('v', 'Update', 'Service'));
        const once = applyConfiguration(second, third, owners, write('x', 'Apply', 'Service'), true);
        assert.ok(once.ok);
        const twice = applyConfiguration(once.object, third, once.owners, write('x', 'Apply', 'Service'), false);
        assert.ok(twice.ok && deepEqual(twice.object, once.object));
        // When nobody owns anything, the second apply finds an object that was never tracked.
        if (once.owners.size > 0) assert.deepEqual(encodeOwners(twice.owners), encodeOwners(once.owners));
        const entries = JSON.parse(JSON.stringify(encodeOwners(once.owners))) as unknown;
        assert.deepEqual(encodeOwners(decodeOwners(entries) ?? new Map()), entries);
      } catch (error) {
        if (!(error instanceof MergeKeyError)) throw error;
      }
    }),
    { interruptAfterTimeLimit: 1500, numRuns: 2000 },
  );
});
