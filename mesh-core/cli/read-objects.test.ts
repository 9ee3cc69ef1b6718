import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseObjects } from './read-objects.ts';

const parse = (text: string): unknown => parseObjects('f.yaml', text, 'shop').map(({ kind, object }) => [kind.plural, object.metadata.namespace, object.metadata.name]);

test('several documents, Lists and JSON are understood; empty documents are skipped', () => {
  const text = `
apiVersion: v1
kind: Service
metadata: {name: a}
---
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Namespace, metadata: {name: n}}
- {"apiVersion": "networking.istio.io/v1beta1", "kind": "VirtualService", "metadata": {"name": "b", "namespace": "other"}}
`;
  assert.deepEqual(parse(text), [['services', 'shop', 'a'], ['namespaces', undefined, 'n'], ['virtualservices', 'other', 'b']]);
});
for (const [text, complaint] of [
  ['a: [', /f\.yaml, line \d+: /],
  ['apiVersion: v1\nkind: Service\n', /f\.yaml, line 1: an object needs apiVersion, kind and metadata\.name/],
  ['a: 1\n---\napiVersion: v1\n', /line 1: an object needs/],
  ['\n\napiVersion: v1\nkind: Pod\nmetadata: {name: x}\n', /f\.yaml, line 3: this mesh has no kind Pod in v1/],
  ['', /f\.yaml holds no object/],
] as const) {
  test(`${JSON.stringify(text)} is refused with its place`, () => {
    assert.throws(() => parse(text), complaint);
  });
}
