import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_MESH_SETTINGS, type MeshSnapshot } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import { checkObject } from './check-object.ts';
import { parseManifest } from './parse-manifest.ts';

const EMPTY: MeshSnapshot = { services: [], workloadEntries: [], virtualServices: [], destinationRules: [], gateways: [], serviceEntries: [], authorizationPolicies: [], peerAuthentications: [], mesh: DEFAULT_MESH_SETTINGS };

test('tells the first hundred findings with their places, and how many more there are', () => {
  const parsed = parseManifest(`apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n${Array.from({ length: 15_000 }, (_, i) => `k${i}: v\n`).join('')}`);
  assert.ok(parsed.ok);
  const [document] = parsed.documents;
  assert.ok(document);
  const started = performance.now();
  const issues = checkObject(document.value, EMPTY, document);
  assert.equal(issues.length, 101);
  assert.deepEqual([issues[0]?.path, issues[0]?.line], ['k0', 4]);
  assert.equal(issues.at(-1)?.message, 'and 14900 more');
  assert.ok(performance.now() - started < 10_000);
});
