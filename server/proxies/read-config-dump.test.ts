import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { readConfigDump } from './read-config-dump.ts';

const dump = (...configs: readonly object[]): string => JSON.stringify({ configs });
const CLUSTER = { '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster', name: 'a', type: 'EDS' };

test('a resource is told with its version and without its type', () => {
  assert.deepEqual(readConfigDump(dump({ dynamic_active_clusters: [{ version_info: 'v1', last_updated: '2026-01-01T00:00:00Z', cluster: CLUSTER }] })), [
    { type: 'cluster', name: 'a', phase: 'active', held: { name: 'a', type: 'EDS' }, version: 'v1', updatedAt: '2026-01-01T00:00:00Z' },
  ]);
});

test('a cluster that warms beside one in force is the one in force; one that only warms is itself', () => {
  const text = dump({ dynamic_active_clusters: [{ cluster: CLUSTER }], dynamic_warming_clusters: [{ cluster: { ...CLUSTER, type: 'STATIC' } }, { cluster: { name: 'b' } }] });
  assert.deepEqual(readConfigDump(text)?.map(({ name, phase, held }) => [name, phase, held['type']]), [['a', 'warming', 'EDS'], ['b', 'warming', undefined]]);
});

test('a listener is shown as it is in force; without that as it warms, or drains', () => {
  const state = (address: string) => ({ listener: { name: 'l', address } });
  const phases = [{ active_state: state('x') }, { active_state: state('x'), warming_state: state('y') }, { warming_state: state('y') }, { draining_state: state('z') }, {}];
  assert.deepEqual(readConfigDump(dump({ dynamic_listeners: phases }))?.map(({ phase, held }) => [phase, held['address']]), [['active', 'x'], ['warming', 'x'], ['warming', 'y'], ['draining', 'z']]);
});

test('endpoints are named by their cluster, secrets by the name beside them', () => {
  const held = readConfigDump(dump({ dynamic_endpoint_configs: [{ endpoint_config: { clusterName: 'c' } }] }, { dynamic_active_secrets: [{ name: 'ROOTCA', secret: { validationContext: {} } }] }, { dynamic_route_configs: [{ route_config: { name: 'r' } }] }));
  assert.deepEqual(held?.map(({ type, name }) => [type, name]), [['endpoint', 'c'], ['secret', 'ROOTCA'], ['route', 'r']]);
});

test('what is no config dump is undefined, and nothing makes reading throw', () => {
  for (const text of ['', 'not found', '[]', '{"configs":{}}', '{"configs":[{"dynamic_listeners":3}]}']) assert.equal(readConfigDump(text), undefined);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.json().map((json) => `{"configs":[{"dynamic_active_clusters":${json}}]}`)), (text) => {
      readConfigDump(text);
    }),
    { interruptAfterTimeLimit: 500 },
  );
});
