import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DependenciesAnswer } from './schemas.ts';
import { meshRatesOf, meshRatesQuery, reconcile } from './mesh-rates.ts';

const labels = (client: string, server: string) => ({ source_canonical_service: client, source_workload_namespace: 'shop', destination_service_name: server, destination_service_namespace: 'shop' });
const edge = (client: string, server: string): DependenciesAnswer['edges'][number] => ({ client, server, type: 'unset', calls: 1, errors: 0, ratePerSecond: 1, totalNano: 1, p50Nano: 1, p75Nano: 1, p95Nano: 1, p99Nano: 1, serverP95Nano: 1 });

test('rates have the names of spans; unknown ends and still series are left out', () => {
  assert.deepEqual(meshRatesOf([{ labels: labels('ui', 'catalog'), value: 2 }, { labels: labels('unknown', 'ui'), value: 5 }, { labels: labels('ui', 'stock'), value: 0 }, { labels: labels('ui', 'x'), value: NaN }]), [{ client: 'ui.shop', server: 'catalog.shop', ratePerSecond: 2 }]);
  assert.match(meshRatesQuery(90.4), /\[90s\]/);
});

test('edges get the rate of the metrics, and what no trace shows is told', () => {
  const { edges, untraced } = reconcile([edge('ui.shop', 'catalog.shop'), edge('user', 'ui.shop')], [{ client: 'ui.shop', server: 'catalog.shop', ratePerSecond: 4 }, { client: 'rogue.shop', server: 'stock.shop', ratePerSecond: 1 }]);
  assert.deepEqual(edges.map((e) => e.meshRatePerSecond), [4, undefined]);
  assert.deepEqual(untraced, [{ client: 'rogue.shop', server: 'stock.shop', meshRatePerSecond: 1 }]);
});
