import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DependenciesAnswer } from '#server/traces/derived/schemas.ts';
import { dependencyGraph } from './dependency-graph.ts';

const figures = { errors: 0, p50Nano: 1e6, p75Nano: 2e6, p95Nano: 3e6, p99Nano: null, totalNano: 0 };
const edge = (client: string, server: string, calls: number, errors = 0): DependenciesAnswer['edges'][number] => ({ client, server, type: 'unset', ...figures, calls, errors, ratePerSecond: calls / 60, serverP95Nano: null });

test('services and edges become what the graph draws', () => {
  const graph = dependencyGraph({
    fromMs: 0,
    toMs: 60_000,
    nodes: [
      { name: 'ui.shop', kind: 'service', traffic: { service: 'ui.shop', incoming: true, operations: 1, ...figures, calls: 60, errors: 0, ratePerSecond: 1, impact: 1 } },
      { name: 'stock.shop', kind: 'service', traffic: { service: 'stock.shop', incoming: true, operations: 1, ...figures, calls: 60, errors: 30, ratePerSecond: 1, impact: 1 } },
      { name: 'mysql', kind: 'database' },
    ],
    edges: [edge('ui.shop', 'stock.shop', 60, 30), edge('stock.shop', 'mysql', 120)],
  });
  assert.deepEqual(graph.nodes.map((node) => [node.id, node.namespace, node.service, node.isRoot, node.health.status]), [['ui.shop', 'shop', 'ui', true, 'healthy'], ['stock.shop', 'shop', 'stock', false, 'failing'], ['mysql', '', 'mysql', false, 'unknown']]);
  assert.deepEqual(graph.edges.map((e) => [e.source, e.target, e.rates.rate, e.rates.errorRatio, e.latencyMs.p95, e.health.status]), [['ui.shop', 'stock.shop', 1, 0.5, 3, 'failing'], ['stock.shop', 'mysql', 2, 0, 3, 'healthy']]);
});
