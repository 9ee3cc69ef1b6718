import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SpanKind } from '#server/traces/trace-backend.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { aSpan, spanId } from '#server/traces/testing/a-span.ts';
import { spanEdges } from './span-edges.ts';

/** `id(parent) service kind` with attributes, started in the order given. */
type Row = readonly [id: number, parent: number | undefined, service: string, kind: SpanKind, attributes?: Readonly<Record<string, string | number>>];

function edgesOf(rows: readonly Row[]): { edges: string[]; unpaired: number } {
  const { edges, unpaired } = spanEdges(buildSegment(rows.map(([id, parent, service, kind, attributes = {}], i) => aSpan({ spanId: spanId(id), ...(parent === undefined ? {} : { parentSpanId: spanId(parent) }), service, kind, attributes, start: i }))));
  return { edges: edges.map((e) => `${e.client} → ${e.server}${e.type === 'unset' ? '' : ` (${e.type})`}`).sort(), unpaired: unpaired.length };
}

const cases: readonly (readonly [name: string, rows: readonly Row[], edges: readonly string[], unpaired?: number])[] = [
  ['a client and its server', [[1, undefined, 'a', 'client'], [2, 1, 'b', 'server']], ['a → b']],
  ['two calls are two edges', [[1, undefined, 'a', 'internal'], [2, 1, 'a', 'client'], [3, 2, 'b', 'server'], [4, 1, 'a', 'client'], [5, 4, 'b', 'server']], ['a → b', 'a → b']],
  ['each attempt of a retried call', [[1, undefined, 'a', 'client'], [2, 1, 'b', 'server'], [3, 1, 'b', 'server']], ['a → b', 'a → b']],
  ['a root server is called from outside', [[1, undefined, 'a', 'server']], ['user → a (virtual_node)']],
  ['a producer and its consumer', [[1, undefined, 'a', 'producer'], [2, 1, 'b', 'consumer']], ['a → b (messaging_system)']],
  ['a database by its system, by its address first', [[1, undefined, 'a', 'client', { 'db.system': 'mysql' }], [2, undefined, 'a', 'client', { 'db.system': 'mysql', 'server.address': 'db-1' }], [3, undefined, 'a', 'client', { 'db.name': 'stock', 'network.peer.address': '10.0.0.1', 'network.peer.port': 3306 }]], ['a → 10.0.0.1:3306 (database)', 'a → db-1 (database)', 'a → mysql (database)']],
  ['a call to what sends no spans', [[1, undefined, 'a', 'client', { 'peer.service': 'bank', 'server.address': 'x' }]], ['a → bank (virtual_node)']],
  ['a proxy that could not reach its cluster', [[1, undefined, 'a.shop', 'client', { 'upstream_cluster.name': 'outbound|80|v1|b.shop.svc.cluster.local' }]], ['a.shop → b.shop (virtual_node)']],
  ['application and proxy spans of one hop are one edge', [[1, undefined, 'a', 'client'], [2, 1, 'a', 'client'], [3, 2, 'b', 'server'], [4, 3, 'b', 'server']], ['a → b']],
  ['a server below a local span of another service', [[1, undefined, 'a', 'internal'], [2, 1, 'b', 'server']], ['a → b']],
  ['spans that do not tell their kind, below another service', [[1, undefined, 'y', 'unspecified'], [2, 1, 'x', 'unspecified'], [3, 1, 'x', 'internal'], [4, 3, 'x', 'internal']], ['y → x', 'y → x']],
  ['calls to oneself are left out', [[1, undefined, 'a', 'client'], [2, 1, 'a', 'server']], []],
  ['a server whose parent is missing is not paired', [[1, 9, 'b', 'server']], [], 1],
  ['a client that tells nobody is not paired', [[1, undefined, 'a', 'client']], [], 1],
];
for (const [name, rows, edges, unpaired = 0] of cases) test(name, () => assert.deepEqual(edgesOf(rows), { edges: [...edges].sort(), unpaired }));

test('a late root adds its edge', () => {
  const early: Row[] = [[1, 9, 'y', 'client'], [2, 1, 'x', 'server'], [3, 9, 'y', 'client'], [4, 3, 'x', 'server']];
  assert.deepEqual(edgesOf(early).edges, ['y → x', 'y → x']);
  assert.deepEqual(edgesOf([[8, undefined, 'z', 'client'], [9, 8, 'y', 'server'], ...early]).edges, ['y → x', 'y → x', 'z → y']);
});
