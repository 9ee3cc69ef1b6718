import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { aSpan, spanId } from '#server/traces/testing/a-span.ts';
import { columnsOf } from '#server/traces/testing/columns-of.ts';
import { bigColumns } from '#server/traces/testing/big-columns.ts';
import type { Span, SpanKind } from '#server/traces/trace-backend.ts';
import { MARKS } from '#server/traces/view/trace-columns.ts';
import { foldMeshHops, hopMembers } from './mesh-hops.ts';

function proxySpan(id: number, parent: number | undefined, kind: SpanKind, service: string, start: number, duration: number, attributes: Record<string, string> = {}): Span {
  return aSpan({ spanId: spanId(id), ...(parent === undefined ? {} : { parentSpanId: spanId(parent) }), kind, start, duration, attributes: { component: 'proxy', node_id: `sidecar~127.0.0.1~${service}.shop~shop.svc.cluster.local`, 'istio.canonical_service': service, ...attributes } });
}

test('a client-proxy span and its server-proxy span are one hop, and calls of the app are downstream', () => {
  const columns = columnsOf([
    proxySpan(1, undefined, 'client', 'ui', 0, 100),
    proxySpan(2, 1, 'server', 'catalog', 10, 80),
    proxySpan(3, 2, 'client', 'catalog', 20, 30),
    proxySpan(4, 3, 'server', 'inventory', 25, 20),
  ]);
  assert.deepEqual(foldMeshHops(columns), [
    { client: 0, servers: [1], from: 'ui', to: 'catalog', totalNano: 100, networkNano: 20, sidecarNano: 0, appNano: 50, downstreamNano: 30, appMeasured: false },
    { client: 2, servers: [3], from: 'catalog', to: 'inventory', totalNano: 30, networkNano: 10, sidecarNano: 0, appNano: 20, downstreamNano: 0, appMeasured: false },
  ]);
});

test('an app that traces itself tells its time from that of its sidecar', () => {
  const columns = columnsOf([
    proxySpan(1, undefined, 'client', 'ui', 0, 100),
    proxySpan(2, 1, 'server', 'catalog', 10, 80),
    aSpan({ spanId: spanId(3), parentSpanId: spanId(2), kind: 'server', start: 15, duration: 60 }),
    aSpan({ spanId: spanId(4), parentSpanId: spanId(3), kind: 'client', start: 20, duration: 40 }),
    proxySpan(5, 4, 'client', 'catalog', 22, 36),
  ]);
  const hop = foldMeshHops(columns)[0];
  assert.deepEqual([hop?.networkNano, hop?.sidecarNano, hop?.appNano, hop?.downstreamNano, hop?.appMeasured], [20, 20, 24, 36, true]);
});

test('retries are one hop with several servers', () => {
  const columns = columnsOf([proxySpan(1, undefined, 'client', 'ui', 0, 100, { response_flags: 'URX' }), proxySpan(2, 1, 'server', 'cart', 5, 30), proxySpan(3, 1, 'server', 'cart', 50, 40)]);
  const hops = foldMeshHops(columns);
  assert.equal(hops.length, 1);
  assert.deepEqual(hops[0]?.servers, [1, 2]);
  assert.equal(hops[0]?.networkNano, 30);
  assert.equal(hops[0]?.responseFlags, 'URX');
});

test('a request that nobody answered names the host of its cluster', () => {
  const hop = foldMeshHops(columnsOf([proxySpan(1, undefined, 'client', 'rogue', 0, 5, { 'upstream_cluster.name': 'outbound|80||inventory.shop.svc.cluster.local' })]))[0];
  assert.deepEqual([hop?.to, hop?.networkNano, hop?.servers, hop?.upstreamCluster], ['inventory.shop.svc.cluster.local', 5, [], 'outbound|80||inventory.shop.svc.cluster.local']);
});

test('a caller outside the mesh is a hop without a client', () => {
  const hop = foldMeshHops(columnsOf([aSpan({ spanId: spanId(1), duration: 50 }), proxySpan(2, 1, 'server', 'ui', 5, 20)]))[0];
  assert.deepEqual([hop?.client, hop?.from, hop?.totalNano], [undefined, 'unknown', 20]);
});

test('who the caller proved to be comes from the last attempt', () => {
  const hop = foldMeshHops(columnsOf([proxySpan(1, undefined, 'client', 'ui', 0, 100), proxySpan(2, 1, 'server', 'cart', 5, 30, { downstream_peer_uri_san: 'spiffe://cluster.local/ns/shop/sa/ui' })]))[0];
  assert.equal(hop?.callerIdentity, 'spiffe://cluster.local/ns/shop/sa/ui');
});

test("a gateway's two client spans are one hop", () => {
  const gateway = { node_id: 'router~127.0.0.1~gw.istio-system~x' };
  const hops = foldMeshHops(columnsOf([proxySpan(1, undefined, 'client', 'gw', 0, 100, gateway), proxySpan(2, 1, 'client', 'gw', 5, 90, gateway), proxySpan(3, 2, 'server', 'ui', 10, 70)]));
  assert.deepEqual(hops.map((h) => [h.outer, h.client, h.servers]), [[0, 1, [2]]]);
  const { hopOf, omitted } = hopMembers(hops, 4);
  assert.deepEqual([[...hopOf], [...omitted]], [[0, 0, 0, -1], [0, 1, 1, 0]]);
});

test('the parts of every hop sum to its total', () => {
  const row = fc.record({ parent: fc.nat(15), start: fc.nat(40), duration: fc.nat(40), kind: fc.constantFrom<SpanKind>('client', 'server'), proxy: fc.boolean() });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 20 }), (rows) => {
      const columns = columnsOf(rows.map((r, i) => ({ ...proxySpan(i + 1, r.parent === 0 ? undefined : r.parent, r.kind, `s${i}`, r.start, r.duration), ...(r.proxy ? {} : { attributes: {} }) })));
      for (const hop of foldMeshHops(columns)) {
        assert.equal(hop.networkNano + hop.sidecarNano + hop.appNano + hop.downstreamNano, hop.totalNano);
        assert.ok([hop.networkNano, hop.sidecarNano, hop.appNano, hop.downstreamNano].every((n) => n >= 0));
      }
    }),
  );
});

for (const shape of ['wide', 'deep', '8-ary'] as const) {
  test(`100,000 proxy spans ${shape} are folded`, () => {
    const columns = bigColumns(shape, 100_000, { marks: MARKS.proxy });
    assert.ok(foldMeshHops(columns).length > 10_000);
  });
}
