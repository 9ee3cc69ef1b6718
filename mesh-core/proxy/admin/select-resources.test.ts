import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectResources } from './select-resources.ts';

const DUMP = {
  configs: [
    { '@type': 'clusters', version_info: '1', dynamic_active_clusters: [{ version_info: '1', cluster: { name: 'a' } }, { cluster: { name: 'ab' } }] },
    { '@type': 'endpoints', dynamic_endpoint_configs: [{ endpoint_config: { clusterName: 'a' } }] },
    { '@type': 'listeners', dynamic_listeners: [{ name: 'in' }] },
  ],
};
const select = (query: string): unknown => selectResources(DUMP, new URLSearchParams(query));

test('without a question it is the whole dump', () => {
  assert.equal(select(''), DUMP);
});

test('one kind of resource is given without the rest, each with its type', () => {
  assert.deepEqual(select('resource=dynamic_listeners'), { configs: [{ '@type': 'type.googleapis.com/envoy.admin.v3.ListenersConfigDump.DynamicListener', name: 'in' }] });
  assert.deepEqual(select('resource=dynamic_active_clusters&name_regex=a.'), { configs: [{ '@type': 'type.googleapis.com/envoy.admin.v3.ClustersConfigDump.DynamicCluster', cluster: { name: 'ab' } }] });
});

test('names are matched as a whole, in all lists', () => {
  assert.deepEqual(select('name_regex=a'), {
    configs: [
      { '@type': 'clusters', version_info: '1', dynamic_active_clusters: [{ version_info: '1', cluster: { name: 'a' } }] },
      { '@type': 'endpoints', dynamic_endpoint_configs: [{ endpoint_config: { clusterName: 'a' } }] },
      { '@type': 'listeners', dynamic_listeners: [] },
    ],
  });
});

test('what is not there or no expression is said', () => {
  assert.match(String(select('resource=static_clusters')), /^static_clusters not found in config dump; there are dynamic_active_clusters,/);
  assert.match(String(select('name_regex=(')), /^invalid name_regex/);
});
