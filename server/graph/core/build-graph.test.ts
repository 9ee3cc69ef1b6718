import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildGraph, type GraphInput } from './build-graph.ts';
import { flowKey, requestFlow, tcpFlow } from './flows.ts';
import type { Labels } from '#server/timeseries/storage.ts';

const ends = (from: string, to: string, version = 'v1'): Labels => ({
  source_workload_namespace: from === '?' ? 'unknown' : 'shop',
  source_workload: from === '?' ? 'unknown' : `${from}-v1`,
  source_canonical_service: from === '?' ? 'unknown' : from,
  source_canonical_revision: 'v1',
  destination_service_namespace: 'shop',
  destination_service: `${to}.shop.svc.cluster.local`,
  destination_service_name: to,
  destination_workload_namespace: 'shop',
  destination_workload: `${to}-${version}`,
  destination_canonical_service: to,
  destination_canonical_revision: version,
});
const flow = (labels: Labels, reporter: string, code: string, rate: number, flags = '-') => {
  const f = requestFlow({ ...labels, reporter, response_code: code, response_flags: flags, request_protocol: 'http' }, rate);
  assert.ok(f);
  return f;
};
const input = (part: Partial<GraphInput>): GraphInput => ({ requests: [], buckets: [], requestBytes: [], responseBytes: [], security: [], ...part });
const plain = { type: 'workload', serviceNodes: false } as const;

test('counts a hop once though both proxies report it, also when they disagree', () => {
  const e = ends('ui', 'catalog');
  const g = buildGraph(input({ requests: [flow(e, 'source', '504', 2, 'UT'), flow(e, 'source', '200', 8), flow(e, 'destination', '200', 10)] }), plain);
  assert.equal(g.edges.length, 1);
  assert.equal(g.edges[0]?.rates.rate, 10);
  assert.equal(g.edges[0]?.rates.errorRatio, 0.2);
  assert.deepEqual(g.edges[0]?.rates.flags, { UT: 2, '-': 8 });
});
test('takes the callee\'s word where the caller has no sidecar', () => {
  const g = buildGraph(input({ requests: [flow(ends('?', 'ui'), 'destination', '200', 3)] }), plain);
  assert.deepEqual(g.nodes.map((n) => n.id), ['unknown', 'wl:shop/ui-v1']);
  assert.equal(g.edges[0]?.rates.rate, 3);
});
test('health is failing from ten percent 5xx and degraded from the first', () => {
  const health = (bad: number): string | undefined => buildGraph(input({ requests: [flow(ends('ui', 'cart'), 'source', '503', bad), flow(ends('ui', 'cart'), 'source', '200', 100 - bad)] }), plain).edges[0]?.health.status;
  assert.equal(health(10), 'failing');
  assert.equal(health(0.01), 'degraded');
});
test('shares of a caller\'s traffic add up over its edges', () => {
  const g = buildGraph(input({ requests: [flow(ends('ui', 'catalog', 'v1'), 'source', '200', 9), flow(ends('ui', 'catalog', 'v2'), 'source', '200', 1)] }), plain);
  assert.deepEqual(g.edges.map((e) => e.shareOfSource), [0.9, 0.1]);
});
test('service nodes stand between caller and workloads, and versions share a box', () => {
  const requests = [flow(ends('ui', 'catalog', 'v1'), 'source', '200', 9), flow(ends('ui', 'catalog', 'v2'), 'source', '200', 1)];
  const g = buildGraph(input({ requests }), { type: 'versionedApp', serviceNodes: true });
  assert.deepEqual(g.edges.map((e) => [e.source, e.target, e.rates.rate]), [
    ['svc:shop/catalog', 'vapp:shop/catalog/v1', 9],
    ['svc:shop/catalog', 'vapp:shop/catalog/v2', 1],
    ['vapp:shop/ui/v1', 'svc:shop/catalog', 10],
  ]);
  assert.deepEqual(g.boxes.map((b) => b.label), ['catalog']);
});
test('quantiles are those of the merged histogram, not of one series', () => {
  const buckets = (version: string, fast: number, slow: number) => [
    { key: flowKey(ends('ui', 'catalog', version)), reporter: 'source', le: 100, rate: fast },
    { key: flowKey(ends('ui', 'catalog', version)), reporter: 'source', le: 1000, rate: fast + slow },
    { key: flowKey(ends('ui', 'catalog', version)), reporter: 'source', le: Infinity, rate: fast + slow },
  ];
  const requests = [flow(ends('ui', 'catalog', 'v1'), 'source', '200', 10), flow(ends('ui', 'catalog', 'v2'), 'source', '200', 10)];
  const g = buildGraph(input({ requests, buckets: [...buckets('v1', 10, 0), ...buckets('v2', 0, 10)] }), { type: 'app', serviceNodes: false });
  assert.equal(g.edges.length, 1);
  assert.equal(g.edges[0]?.latencyMs.p50, 100);
  assert.equal(g.edges[0]?.latencyMs.p95, 910);
});
test('mutual TLS is the share of secured requests', () => {
  const key = flowKey(ends('ui', 'cart'));
  const security = [
    { key, policy: 'mutual_tls', sourcePrincipal: 'spiffe://cluster.local/ns/shop/sa/ui', destinationPrincipal: undefined, rate: 3 },
    { key, policy: 'none', sourcePrincipal: undefined, destinationPrincipal: undefined, rate: 1 },
  ];
  const edge = buildGraph(input({ requests: [flow(ends('ui', 'cart'), 'source', '200', 4)], security }), plain).edges[0];
  assert.equal(edge?.mtls, 0.75);
  assert.equal(edge?.sourcePrincipal, 'spiffe://cluster.local/ns/shop/sa/ui');
});
test('TCP bytes make an edge of their own without an error share', () => {
  const f = tcpFlow({ ...ends('ui', 'db'), reporter: 'source' }, 512);
  assert.ok(f);
  const edge = buildGraph(input({ requests: [f] }), plain).edges[0];
  assert.equal(edge?.rates.protocol, 'tcp');
  assert.equal(edge?.health.status, 'healthy');
});
test('a failure before any endpoint is known leads to the service', () => {
  const e = { ...ends('ui', 'catalog'), destination_workload: 'unknown', destination_workload_namespace: 'unknown' };
  const g = buildGraph(input({ requests: [flow(e, 'source', '503', 1, 'UH')] }), plain);
  assert.equal(g.edges[0]?.target, 'svc:shop/catalog');
});
test('a graph of services draws a called workload as the service it is called through', () => {
  const requests = [flow(ends('?', 'catalog', 'v1'), 'destination', '200', 3), flow(ends('catalog', 'inventory'), 'source', '200', 2), flow(ends('rogue', 'inventory'), 'source', '403', 1)];
  const g = buildGraph(input({ requests }), { type: 'service', serviceNodes: false });
  assert.deepEqual(g.edges.map((e) => [e.source, e.target]), [
    ['svc:shop/catalog', 'svc:shop/inventory'],
    ['unknown', 'svc:shop/catalog'],
    ['wl:shop/rogue-v1', 'svc:shop/inventory'],
  ]);
});
test('known but silent traffic makes edges only when idle edges are asked for', () => {
  const requests = [flow(ends('ui', 'cart'), 'source', '200', 0)];
  assert.deepEqual(buildGraph(input({ requests }), plain).edges, []);
  const g = buildGraph(input({ requests }), { ...plain, idleEdges: true });
  assert.equal(g.edges[0]?.health.status, 'idle');
  assert.deepEqual(g.edges[0]?.rates.codes, {});
  assert.deepEqual(g.nodes.map((n) => n.isIdle), [true, true]);
});
