import assert from 'node:assert/strict';
import { test } from 'node:test';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { withKindDefaults } from './kind-defaults.ts';

const CASES: readonly (readonly [string, string, object, object])[] = [
  ['a Service is a ClusterIP over TCP to the same port', 'Service', { spec: { ports: [{ port: 80 }] } }, { spec: { type: 'ClusterIP', ports: [{ protocol: 'TCP', port: 80, targetPort: 80 }] } }],
  ['what a Service says stays', 'Service', { spec: { type: 'NodePort', ports: [{ name: 'dns', protocol: 'UDP', port: 53, targetPort: 'dns', appProtocol: 'dns' }] } }, { spec: { type: 'NodePort', ports: [{ name: 'dns', protocol: 'UDP', port: 53, targetPort: 'dns', appProtocol: 'dns' }] } }],
  ['an alias of another name has no target ports', 'Service', { spec: { type: 'ExternalName', externalName: 'a.example', ports: [{ port: 80 }] } }, { spec: { type: 'ExternalName', externalName: 'a.example', ports: [{ protocol: 'TCP', port: 80 }] } }],
  ['a Service of another shape is left to the validator', 'Service', { spec: { ports: 'none' } }, { spec: { type: 'ClusterIP', ports: 'none' } }],
  ['a Secret is opaque, and its text becomes data', 'Secret', { data: { a: 'YQ==', b: 'YQ==' }, stringData: { b: 'b' } }, { type: 'Opaque', data: { a: 'YQ==', b: 'Yg==' } }],
  ['any other kind is as it is', 'VirtualService', { spec: { hosts: ['a'] } }, { spec: { hosts: ['a'] } }],
];

for (const [name, kind, fields, expected] of CASES) {
  test(name, () => {
    const object: KubeObject = { apiVersion: 'v1', kind, metadata: { name: 'x' }, ...fields };
    assert.deepEqual(withKindDefaults(servedKind(kind), object), { apiVersion: 'v1', kind, metadata: { name: 'x' }, ...expected });
  });
}
