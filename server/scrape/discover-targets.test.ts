import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import { discoverTargets } from './discover-targets.ts';

function entry(annotations: Record<string, string>, address = '127.0.0.1'): WorkloadEntry {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'WorkloadEntry',
    metadata: { name: 'catalog-v1-127.0.0.1-4001', namespace: 'shop', annotations },
    spec: { address, labels: { app: 'catalog', version: 'v1', 'service.istio.io/canonical-name': 'catalog', 'service.istio.io/canonical-revision': 'v1' } },
  };
}
const scrape = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '15090', 'prometheus.io/path': '/stats/prometheus', 'istio.io/autoRegistrationGroup': 'catalog-v1' };

test('an annotated entry becomes a target labelled with app, instance, namespace, pod, workload and version', () => {
  const [target] = discoverTargets([entry(scrape)]);
  assert.equal(target?.url, 'http://127.0.0.1:15090/stats/prometheus');
  assert.deepEqual(target?.labels, { job: 'catalog', instance: '127.0.0.1:15090', namespace: 'shop', pod: 'catalog-v1-127.0.0.1-4001', workload: 'catalog-v1', app: 'catalog', version: 'v1' });
  assert.equal(target?.problem, undefined);
  assert.equal(target?.discoveredLabels['__meta_workload_entry_annotation_prometheus_io_port'], '15090');
});

test('an entry that does not ask for it is not scraped', () => {
  assert.deepEqual(discoverTargets([entry({}), entry({ ...scrape, 'prometheus.io/scrape': 'false' })]), []);
});

test('annotations that make no sense are told instead of scraped', () => {
  const problemOf = (annotations: Record<string, string>, address?: string): string | undefined => discoverTargets([entry({ ...scrape, ...annotations }, address)])[0]?.problem;
  assert.match(problemOf({ 'prometheus.io/port': 'http' }) ?? '', /prometheus.io\/port is "http", not a port/);
  assert.match(problemOf({ 'prometheus.io/port': '70000' }) ?? '', /not a port/);
  assert.match(problemOf({ 'prometheus.io/scheme': 'ftp' }) ?? '', /not http or https/);
  assert.match(problemOf({}, '') ?? '', /no address/);
  assert.match(problemOf({}, '169.254.169.254') ?? '', /link-local/);
  assert.equal(discoverTargets([entry(scrape, '::1')])[0]?.url, 'http://[::1]:15090/stats/prometheus');
});
