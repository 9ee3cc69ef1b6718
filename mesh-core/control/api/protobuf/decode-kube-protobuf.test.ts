import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { KubeError } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { decodeKubeProtobuf } from './decode-kube-protobuf.ts';
import { KUBE_MESSAGES } from './kube-messages.ts';

/** What `kubectl create namespace shop` and `kubectl create service clusterip web --tcp=80:8080` send, as captured from them. */
const NAMESPACE = Buffer.from('6b3873000a0f0a02763112094e616d657370616365121c0a140a0473686f7012001a0022002a0032003800420012001a020a001a002200', 'hex');
const SERVICE = Buffer.from('6b3873000a0d0a02763112075365727669636512690a1f0a0377656212001a0022002a003200380042005a0a0a03617070120377656212420a1b0a0738302d38303830120354435018502207080010903f1a002800120a0a0361707012037765621a002209436c757374657249503a00420052005a00600068001a020a001a002200', 'hex');

function envelope(apiVersion: string, kind: string, message: object): Buffer {
  const type = KUBE_MESSAGES.lookupType(`k8s.${kind}`);
  const unknown = KUBE_MESSAGES.lookupType('k8s.Unknown');
  const raw = type.encode(type.fromObject(message)).finish();
  return Buffer.concat([Buffer.from('k8s\0'), unknown.encode(unknown.fromObject({ typeMeta: { apiVersion, kind }, raw: Buffer.from(raw).toString('base64') })).finish()]);
}

test('what kubectl sends is decoded', () => {
  assert.deepEqual(decodeKubeProtobuf(NAMESPACE), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  assert.deepEqual(decodeKubeProtobuf(SERVICE), {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', labels: { app: 'web' } },
    spec: { ports: [{ name: '80-8080', protocol: 'TCP', port: 80, targetPort: 8080 }], selector: { app: 'web' }, type: 'ClusterIP' },
  });
});

test('empty fields, zero times and unset numbers are absent; base64, times and ports have their JSON form', () => {
  const CASES: readonly (readonly [string, object, object])[] = [
    ['Namespace', { metadata: { name: 'shop', generateName: '', generation: 0, creationTimestamp: {} }, spec: {} }, { metadata: { name: 'shop' } }],
    ['Secret', { metadata: { name: 's' }, data: { a: Buffer.from('b').toString('base64') }, type: 'Opaque', immutable: true }, { metadata: { name: 's' }, data: { a: 'Yg==' }, type: 'Opaque', immutable: true }],
    ['Service', { spec: { ports: [{ name: 'http', port: 80, targetPort: { type: 0, intVal: 8080 }, nodePort: 0 }, { port: 81, targetPort: { type: 1, strVal: 'web' } }], selector: { app: 'web' } } }, { spec: { ports: [{ name: 'http', port: 80, targetPort: 8080 }, { port: 81, targetPort: 'web' }], selector: { app: 'web' } } }],
    ['Lease', { spec: { holderIdentity: 'a', leaseTransitions: 2, renewTime: { seconds: 1_700_000_000, nanos: 1_500_000 } } }, { spec: { holderIdentity: 'a', leaseTransitions: 2, renewTime: '2023-11-14T22:13:20.001500Z' } }],
    ['ConfigMap', { metadata: { name: 'c', managedFields: [{ manager: 'm', operation: 'Update', fieldsV1: { raw: Buffer.from('{"f:data":{}}').toString('base64') } }] }, data: { __proto__x: 'y' } }, { metadata: { name: 'c', managedFields: [{ manager: 'm', operation: 'Update', fieldsV1: { 'f:data': {} } }] }, data: { __proto__x: 'y' } }],
  ];
  for (const [kind, message, expected] of CASES) assert.deepEqual(decodeKubeProtobuf(envelope('v1', kind, message)), { apiVersion: 'v1', kind, ...expected });
});

test('what is not in that encoding, of no kind that is sent so, or cut short is a 400', () => {
  const BAD: readonly Buffer[] = [Buffer.from('{}'), Buffer.from('k8s\0'), Buffer.from('k8s\0\xff\xff', 'latin1'), envelope('v1', 'ServicePort', {}), envelope('v1', 'Unknown', {}), NAMESPACE.subarray(0, 30)];
  for (const bytes of BAD) assert.throws(() => decodeKubeProtobuf(bytes), (error) => error instanceof KubeError && error.status.code === 400, bytes.toString('hex'));
});

test('no bytes make it throw anything but a refusal', () => {
  const kinds = fc.constantFrom('Namespace', 'ConfigMap', 'Secret', 'Service', 'Event', 'RoleBinding', 'DeleteOptions', 'toString');
  fc.assert(
    fc.property(kinds, fc.uint8Array({ maxLength: 200 }), fc.boolean(), (kind, bytes, wrapped) => {
      const unknown = KUBE_MESSAGES.lookupType('k8s.Unknown');
      const body = wrapped ? Buffer.from(unknown.encode(unknown.fromObject({ typeMeta: { apiVersion: 'v1', kind }, raw: Buffer.from(bytes).toString('base64') })).finish()) : Buffer.from(bytes);
      try {
        JSON.stringify(decodeKubeProtobuf(Buffer.concat([Buffer.from('k8s\0'), body])));
      } catch (error) {
        assert.ok(error instanceof KubeError, String(error));
      }
    }),
    { interruptAfterTimeLimit: 1000, numRuns: 5000 },
  );
});
