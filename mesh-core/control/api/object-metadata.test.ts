import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindByApiVersion } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { checkMetadata } from './object-metadata.ts';

/** The paths that are refused; metadata comes from outside and may hold anything. */
function refused(apiVersion: string, kind: string, metadata: Record<string, unknown>): readonly string[] {
  const info = kindByApiVersion(apiVersion, kind);
  assert.ok(info);
  return checkMetadata(info, { apiVersion, kind, metadata } as unknown as KubeObject).map((issue) => issue.path);
}

const CASES: readonly (readonly [string, string, string, Record<string, unknown>, readonly string[]])[] = [
  ['a plain name passes', 'v1', 'Service', { name: 'web' }, []],
  ['a service name begins with a letter', 'v1', 'Service', { name: '1web' }, ['metadata.name']],
  ['a service name has no dots', 'v1', 'Service', { name: 'a.b' }, ['metadata.name']],
  ['other names may have dots and digits first', 'networking.istio.io/v1', 'WorkloadEntry', { name: '1-127.0.0.1-15006' }, []],
  ['a name has no upper case', 'v1', 'ConfigMap', { name: 'Web' }, ['metadata.name']],
  ['a name is at most 253 long', 'v1', 'ConfigMap', { name: 'a'.repeat(254) }, ['metadata.name']],
  ['a namespace name is at most 63 long', 'v1', 'Namespace', { name: 'a'.repeat(64) }, ['metadata.name']],
  ['a name is needed', 'v1', 'ConfigMap', {}, ['metadata.name']],
  ['a name is text', 'v1', 'ConfigMap', { name: 5 }, ['metadata.name']],
  ['a name does not climb directories', 'v1', 'ConfigMap', { name: '..' }, ['metadata.name']],
  ['labels with a prefix pass', 'v1', 'ConfigMap', { name: 'a', labels: { 'istio.io/rev': 'default', empty: '' } }, []],
  ['a label value is text', 'v1', 'ConfigMap', { name: 'a', labels: { version: 1 } }, ['metadata.labels.version']],
  ['a label value has no spaces', 'v1', 'ConfigMap', { name: 'a', labels: { version: 'a b' } }, ['metadata.labels.version']],
  ['a label key is qualified', 'v1', 'ConfigMap', { name: 'a', labels: { '/x': 'y' } }, ['metadata.labels["/x"]']],
  ['labels are a map', 'v1', 'ConfigMap', { name: 'a', labels: ['x'] }, ['metadata.labels']],
  ['annotations hold any text', 'v1', 'ConfigMap', { name: 'a', annotations: { note: 'two words, {json}' } }, []],
  ['annotations are bounded', 'v1', 'ConfigMap', { name: 'a', annotations: { note: 'x'.repeat(256 * 1024 + 1) } }, ['metadata.annotations']],
  ['a resourceVersion is text', 'v1', 'ConfigMap', { name: 'a', resourceVersion: 5 }, ['metadata.resourceVersion']],
];

for (const [rule, apiVersion, kind, metadata, expected] of CASES) {
  test(`metadata: ${rule}`, () => assert.deepEqual(refused(apiVersion, kind, metadata), expected));
}
