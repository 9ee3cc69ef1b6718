import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricConfig, StatsConfig } from '../envoy/telemetry.ts';
import type { Telemetry, TelemetrySpec } from '../resources/telemetry.ts';
import { aGatewayProxy, aSidecar } from './a-proxy.ts';
import { listenerTelemetry } from './listener-telemetry.ts';
import type { ListenerClass, ListenerTelemetry } from './listener-telemetry.ts';
import { EMPTY_SNAPSHOT } from './mesh-snapshot.ts';
import type { MeshSettings, ProxyNode } from './mesh-snapshot.ts';
import { JSON_LOG_FORMAT } from './telemetry-logging.ts';

let objects = 0;
function aTelemetry(namespace: string, spec: TelemetrySpec): Telemetry {
  objects += 1;
  return { apiVersion: 'telemetry.istio.io/v1', kind: 'Telemetry', metadata: { name: `t${objects}`, namespace, creationTimestamp: new Date(Date.UTC(2026, 0, 1) + objects * 1000).toISOString() }, spec };
}
const OTEL = { name: 'otel', opentelemetry: { service: 'otel', port: 4317 } };
const FILES = { name: 'files', envoyFileAccessLog: { path: '/tmp/files' } };

function telemetryOf(telemetries: readonly Telemetry[], settings: Partial<MeshSettings> = {}, listenerClass: ListenerClass = 'inbound', node: ProxyNode = aSidecar('web')): ListenerTelemetry {
  return listenerTelemetry({ snapshot: { ...EMPTY_SNAPSHOT, telemetries, mesh: { ...EMPTY_SNAPSHOT.mesh, extensionProviders: [OTEL, FILES], ...settings } }, node }, listenerClass);
}
function metricsOf(telemetry: ListenerTelemetry): readonly MetricConfig[] {
  return (telemetry.statsFilter.typedConfig['value'] as StatsConfig).metrics ?? [];
}
const percentOf = ({ tracing }: ListenerTelemetry): number | undefined => tracing?.randomSampling?.value;
const pathsOf = ({ accessLog }: ListenerTelemetry): unknown[] => accessLog.map(({ typedConfig }) => typedConfig['path']);

test('without Telemetry a mesh traces as its settings say, by default one request of a hundred', () => {
  assert.equal(percentOf(telemetryOf([])), 1);
  assert.equal(percentOf(telemetryOf([], { traceSamplingPercent: 50 })), 50);
  assert.equal(telemetryOf([], { enableTracing: false }).tracing, undefined);
  assert.equal(percentOf(telemetryOf([], { enableTracing: false, defaultProviders: { tracing: ['otel'] } })), 1);
  assert.equal(telemetryOf([], { defaultProviders: { tracing: ['gone'] } }).tracing, undefined);
});

test('later levels override field by field: mesh, namespace, workload', () => {
  const all = [
    aTelemetry('istio-system', { tracing: [{ providers: [{ name: 'OTEL' }], randomSamplingPercentage: 10, customTags: { a: { literal: { value: 'mesh' } } } }] }),
    aTelemetry('shop', { tracing: [{ randomSamplingPercentage: 20 }] }),
    aTelemetry('shop', { tracing: [{ randomSamplingPercentage: 99 }] }),
    aTelemetry('shop', { selector: { matchLabels: { app: 'web' } }, tracing: [{ customTags: { a: { literal: { value: 'workload' } }, b: { formatter: { value: 'x' } } } }] }),
    aTelemetry('shop', { selector: { matchLabels: { app: 'other' } }, tracing: [{ disableSpanReporting: true }] }),
  ];
  const telemetry = telemetryOf(all);
  assert.equal(percentOf(telemetry), 20);
  assert.deepEqual(telemetry.tracing?.customTags?.filter(({ tag }) => tag.length === 1), [{ tag: 'a', literal: { value: 'workload' } }]);
  assert.equal(telemetryOf(all, {}, 'inbound', aSidecar('other')).tracing, undefined);
  assert.equal(percentOf(telemetryOf(all, {}, 'inbound', aSidecar('web', { namespace: 'elsewhere' }))), 10);
});

test('modes tell the sides apart; a gateway is a client, and makes spans of its calls', () => {
  const all = [aTelemetry('istio-system', { tracing: [{ providers: [{ name: 'otel' }], randomSamplingPercentage: 5 }, { match: { mode: 'CLIENT' }, randomSamplingPercentage: 7 }, { match: { mode: 'SERVER' }, disableSpanReporting: true }] })];
  assert.equal(telemetryOf(all).tracing, undefined);
  assert.equal(percentOf(telemetryOf(all, {}, 'outbound')), 7);
  const gateway = telemetryOf(all, {}, 'gateway', aGatewayProxy());
  assert.deepEqual([percentOf(gateway), gateway.tracing?.spawnUpstreamSpan], [7, true]);
});

test('overrides of metrics merge per metric and tag, in order', () => {
  const all = [
    aTelemetry('istio-system', { metrics: [{ providers: [{ name: 'prometheus' }], overrides: [{ match: { metric: 'REQUEST_COUNT' }, tagOverrides: { a: { value: 'request.host' }, b: { operation: 'REMOVE' } } }] }] }),
    aTelemetry('shop', { metrics: [{ overrides: [{ match: { metric: 'REQUEST_COUNT', mode: 'SERVER' }, tagOverrides: { b: { value: '"x"' }, c: { operation: 'REMOVE' } } }, { match: { metric: 'REQUEST_SIZE' }, disabled: true }] }] }),
  ];
  assert.deepEqual(metricsOf(telemetryOf(all)), [{ name: 'requests_total', dimensions: { a: 'request.host', b: '"x"' }, tags_to_remove: ['c'] }, { name: 'request_bytes', drop: true }]);
  assert.deepEqual(metricsOf(telemetryOf(all, {}, 'outbound')), [{ name: 'requests_total', dimensions: { a: 'request.host' }, tags_to_remove: ['b'] }, { name: 'request_bytes', drop: true }]);
});

test('all metrics off, and on again by a later override; another provider than Prometheus has none', () => {
  const off = aTelemetry('istio-system', { metrics: [{ overrides: [{ disabled: true }] }] });
  assert.deepEqual(metricsOf(telemetryOf([off])), [{ drop: true }]);
  assert.deepEqual(metricsOf(telemetryOf([off, aTelemetry('shop', { metrics: [{ overrides: [{ match: { metric: 'REQUEST_COUNT' }, disabled: false }] }] })])), [{ name: 'requests_total' }]);
  assert.deepEqual(metricsOf(telemetryOf([], { defaultProviders: { metrics: ['stackdriver'] } })), [{ drop: true }]);
  assert.deepEqual(metricsOf(telemetryOf([])), []);
});

test('access logs: off by default, by MeshConfig, by providers, and turned off again', () => {
  assert.deepEqual(pathsOf(telemetryOf([])), []);
  assert.deepEqual(pathsOf(telemetryOf([], { accessLogFile: '/dev/stdout' })), ['/dev/stdout']);
  assert.deepEqual(telemetryOf([], { accessLogFile: '/dev/stdout', accessLogEncoding: 'JSON' }).accessLog[0]?.typedConfig['logFormat'], { jsonFormat: JSON_LOG_FORMAT });
  assert.deepEqual(telemetryOf([], { accessLogFile: '/dev/stdout', accessLogFormat: '%PROTOCOL%' }).accessLog[0]?.typedConfig['logFormat'], { textFormatSource: { inlineString: '%PROTOCOL%\n' } });
  assert.deepEqual(pathsOf(telemetryOf([], { defaultProviders: { accessLogging: ['files', 'envoy'] } })), ['/dev/stdout', '/tmp/files']);
  const on = aTelemetry('istio-system', { accessLogging: [{ providers: [{ name: 'files' }], filter: { expression: 'response.code >= 500' } }] });
  assert.equal(telemetryOf([on]).accessLog[0]?.filter?.extensionFilter.typedConfig['expression'], 'response.code >= 500');
  assert.deepEqual(pathsOf(telemetryOf([on, aTelemetry('shop', { accessLogging: [{ disabled: true }] })], { accessLogFile: '/dev/stdout' })), []);
  assert.deepEqual(pathsOf(telemetryOf([on, aTelemetry('shop', { accessLogging: [{ match: { mode: 'CLIENT' }, disabled: true }] })])), ['/tmp/files']);
});
