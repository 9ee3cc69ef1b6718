import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

const SERVICE = { spec: { ports: [{ name: 'http', port: 80, targetPort: 8080 }, { name: 'grpc', port: 9090 }], selector: { app: 'web' } } };

const CASES: readonly { readonly rule: string; readonly patch: unknown; readonly result: unknown }[] = [
  { rule: 'a port in the patch merges into the port of the same number', patch: { spec: { ports: [{ port: 80, targetPort: 8081 }] } }, result: { spec: { ports: [{ name: 'http', port: 80, targetPort: 8081 }, { name: 'grpc', port: 9090 }], selector: { app: 'web' } } } },
  { rule: 'a new port is appended', patch: { spec: { ports: [{ port: 70 }] } }, result: { spec: { ports: [...SERVICE.spec.ports, { port: 70 }], selector: { app: 'web' } } } },
  { rule: '$patch: delete removes a port', patch: { spec: { ports: [{ port: 80, $patch: 'delete' }] } }, result: { spec: { ports: [{ name: 'grpc', port: 9090 }], selector: { app: 'web' } } } },
  { rule: '$patch: replace replaces the list', patch: { spec: { ports: [{ port: 1 }, { $patch: 'replace' }] } }, result: { spec: { ports: [{ port: 1 }], selector: { app: 'web' } } } },
  { rule: '$setElementOrder orders and is not stored', patch: { spec: { '$setElementOrder/ports': [{ port: 9090 }, { port: 80 }], ports: [{ port: 80, name: 'web' }] } }, result: { spec: { ports: [{ name: 'grpc', port: 9090 }, { name: 'web', port: 80, targetPort: 8080 }], selector: { app: 'web' } } } },
  { rule: 'null removes a key', patch: { spec: { selector: { app: null } } }, result: { spec: { ports: SERVICE.spec.ports, selector: {} } } },
  { rule: '$patch: replace on a map replaces it', patch: { spec: { selector: { $patch: 'replace', tier: 'x' } } }, result: { spec: { ports: SERVICE.spec.ports, selector: { tier: 'x' } } } },
  { rule: '$retainKeys drops the keys it does not name', patch: { spec: { $retainKeys: ['ports'] } }, result: { spec: { ports: SERVICE.spec.ports } } },
];

for (const { rule, patch, result } of CASES) {
  test(`strategic merge: ${rule}`, () => assert.deepEqual(applyStrategicMergePatch(SERVICE, patch), result));
}

test('strategic merge: a set of plain values merges, and $deleteFromPrimitiveList takes out', () => {
  const object = { metadata: { finalizers: ['a', 'b'] } };
  assert.deepEqual(applyStrategicMergePatch(object, { metadata: { finalizers: ['c', 'a'], '$deleteFromPrimitiveList/finalizers': ['b'] } }), { metadata: { finalizers: ['a', 'c'] } });
});

test('strategic merge: a list without a merge key is replaced whole', () => {
  assert.deepEqual(applyStrategicMergePatch({ args: [1, 2] }, { args: [3] }), { args: [3] });
});
