import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byPriority, versionsOfGroup } from './served-kinds.ts';

test('versions are offered in the order of Kubernetes, whatever is stored', () => {
  const versions = ['foo10', 'v1alpha3', 'v12alpha1', 'v1', 'v11beta2', 'foo1', 'v3beta1', 'v10', 'v10beta3', 'v2', 'v11alpha2'];
  assert.deepEqual(versions.toSorted(byPriority), ['v10', 'v2', 'v1', 'v11beta2', 'v10beta3', 'v3beta1', 'v12alpha1', 'v11alpha2', 'v1alpha3', 'foo1', 'foo10']);
  assert.deepEqual(versionsOfGroup('networking.istio.io'), ['v1', 'v1beta1', 'v1alpha3']);
  assert.deepEqual(versionsOfGroup('telemetry.istio.io'), ['v1', 'v1alpha1']);
});
