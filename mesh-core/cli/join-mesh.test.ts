import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMeshConfig } from './join-mesh.ts';

test('addresses are read as Istio writes them', () => {
  const yaml = `
trustDomain: cluster.local
defaultConfig: {discoveryAddress: 127.0.0.1:15012, tracing: {sampling: 25}}
extensionProviders:
- {name: other, prometheus: {}}
- {name: otlp, opentelemetry: {service: 127.0.0.1, port: 4318, http: {path: /v1/traces}}}
`;
  assert.deepEqual(parseMeshConfig(yaml), { discoveryAddress: '127.0.0.1:15012', samplingRatio: 0.25, otlpUrl: 'http://127.0.0.1:4318/v1/traces' });
});
test('a collector that is not said to take HTTP is sent spans by gRPC', () => {
  const yaml = 'defaultConfig: {discoveryAddress: "h:1"}\nextensionProviders: [{name: otel, opentelemetry: {service: collector.example, port: 4317}}]';
  assert.equal(parseMeshConfig(yaml).otlpUrl, 'grpc://collector.example:4317');
});
test('without a collector no spans are sent, and without a share all are sampled', () => {
  assert.deepEqual(parseMeshConfig('defaultConfig: {discoveryAddress: "h:1"}'), { discoveryAddress: 'h:1', samplingRatio: 1 });
});
test('a configuration without a discovery address is not of a mesh', () => {
  for (const yaml of ['', 'trustDomain: x', 'defaultConfig: {discoveryAddress: 7}']) assert.throws(() => parseMeshConfig(yaml), /discoveryAddress/);
});
