import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRecord } from '../testing/an-exchange.ts';
import { ENVOY_BUCKETS, IstioMetrics, requestLabels } from './istio-metrics.ts';
import { peerFromEndpointMetadata, peerInfo, UNKNOWN_PEER } from './peer-metadata.ts';

const OWN = peerInfo({ workload: 'web-v1', namespace: 'shop', cluster: 'Kubernetes', labels: { app: 'web', version: 'v1' } });
const linesOf = async (metrics: IstioMetrics, name: string): Promise<string[]> => (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith(`${name}{`));

test('labels come in the order of Istio, with unknown for what is not known', () => {
  const labels = requestLabels(aRecord({ flags: ['UH'], status: 503 }), 'source', OWN, UNKNOWN_PEER, 'UH');
  assert.deepEqual(Object.keys(labels).slice(0, 9), ['reporter', 'source_workload', 'source_canonical_service', 'source_canonical_revision', 'source_workload_namespace', 'source_principal', 'source_app', 'source_version', 'source_cluster']);
  assert.equal(Object.keys(labels).length, 25);
  assert.equal(labels['source_workload'], 'web-v1');
  assert.equal(labels['destination_workload'], 'unknown');
  assert.equal(labels['destination_canonical_revision'], 'latest');
  assert.equal(labels['connection_security_policy'], 'unknown');
});
test('the reporter of the destination is the destination', () => {
  const labels = requestLabels(aRecord({ mutualTls: true, peerPrincipal: 'spiffe://p', ownPrincipal: 'spiffe://o' }), 'destination', OWN, UNKNOWN_PEER, '-');
  assert.equal(labels['destination_workload'], 'web-v1');
  assert.equal(labels['source_principal'], 'spiffe://p');
  assert.equal(labels['destination_principal'], 'spiffe://o');
  assert.equal(labels['connection_security_policy'], 'mutual_tls');
});
test('gRPC requests are told by their protocol and their status', () => {
  const labels = requestLabels(aRecord({ isGrpc: true, grpcStatus: '14' }), 'source', OWN, UNKNOWN_PEER, '-');
  assert.equal(labels['request_protocol'], 'grpc');
  assert.equal(labels['grpc_response_status'], '14');
});
test('equal requests count in one series, different ones in their own', async () => {
  const metrics = new IstioMetrics(OWN, 'test');
  for (const status of [200, 200, 500]) metrics.observe(aRecord({ status }), 'source');
  const lines = await linesOf(metrics, 'istio_requests_total');
  assert.deepEqual(lines.map((line) => [/response_code="(\d+)"/.exec(line)?.[1], line.split(' ').at(-1)]), [['200', '2'], ['500', '1']]);
});
test("durations fall into Envoy's buckets, upper bounds included, cumulatively", async () => {
  const metrics = new IstioMetrics(OWN, 'test');
  for (const durationMs of [0.5, 1, 7, 4_000_000]) metrics.observe(aRecord({ durationMs }), 'source');
  const counts = new Map((await linesOf(metrics, 'istio_request_duration_milliseconds_bucket')).map((line) => [/le="([^"]+)"/.exec(line)?.[1] ?? '', Number(line.split(' ').at(-1))]));
  assert.equal(counts.size, ENVOY_BUCKETS.length + 1);
  assert.deepEqual(['0.5', '1', '5', '10', '3600000', '+Inf'].map((le) => counts.get(le)), [1, 2, 2, 3, 3, 4]);
});
test('a client that invents hosts cannot make series without end', async () => {
  const metrics = new IstioMetrics(OWN, 'test');
  for (let i = 0; i < 6000; i++) metrics.observe(aRecord({ status: 404, clusterName: '', destination: { host: `host-${i}`, name: `host-${i}`, namespace: 'unknown' } }), 'source');
  const lines = await linesOf(metrics, 'istio_requests_total');
  assert.ok(lines.length <= 5001, `${lines.length} series`);
  assert.equal(lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0), 6000);
  assert.ok(lines.some((line) => line.includes('destination_service="unknown"')));
});
test('the canonical name falls back from its label to app and to the workload', () => {
  assert.equal(peerInfo({ workload: 'w', labels: { 'service.istio.io/canonical-name': 'c', app: 'a' } }).canonicalService, 'c');
  assert.equal(peerInfo({ workload: 'w', labels: { app: 'a' } }).canonicalService, 'a');
  assert.equal(peerInfo({ workload: 'w' }).canonicalService, 'w');
});
test('endpoint metadata tells the workload in the form of istiod', () => {
  const peer = peerFromEndpointMetadata('web-v1;shop;web;v1;Kubernetes');
  assert.deepEqual([peer?.workload, peer?.namespace, peer?.canonicalService, peer?.canonicalRevision, peer?.cluster], ['web-v1', 'shop', 'web', 'v1', 'Kubernetes']);
  assert.equal(peerFromEndpointMetadata(42), undefined);
});
