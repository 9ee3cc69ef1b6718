import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { meshConfigText, readMeshSettings } from './mesh-config.ts';

const ADDRESSES = { trustDomain: 'cluster.local', rootNamespace: 'istio-system', discoveryAddress: '127.0.0.1:15012', otlpPort: 4318 };

test('a first start writes where proxies find the control plane and the span receiver', () => {
  assert.deepEqual(parse(meshConfigText(undefined, ADDRESSES)), {
    outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
    trustDomain: 'cluster.local',
    rootNamespace: 'istio-system',
    defaultConfig: { discoveryAddress: '127.0.0.1:15012' },
    extensionProviders: [{ name: 'otlp', opentelemetry: { service: '127.0.0.1', port: 4318, http: { path: '/v1/traces' } } }],
  });
});

test('a later start changes the addresses and keeps what somebody set', () => {
  const edited = 'outboundTrafficPolicy: {mode: ALLOW_ANY}\naccessLogFile: /dev/stdout\ndefaultConfig: {discoveryAddress: old, concurrency: 2}\nextensionProviders: [{name: mine}, {name: otlp, opentelemetry: {port: 1}}]\n';
  const config: unknown = parse(meshConfigText(edited, { ...ADDRESSES, otlpPort: 0 }));
  assert.deepEqual(config, {
    outboundTrafficPolicy: { mode: 'ALLOW_ANY' },
    accessLogFile: '/dev/stdout',
    trustDomain: 'cluster.local',
    rootNamespace: 'istio-system',
    defaultConfig: { discoveryAddress: '127.0.0.1:15012', concurrency: 2 },
    extensionProviders: [{ name: 'mine' }],
  });
});

test('the outbound policy is read from the text; a broken text means the default', () => {
  const fixed = { trustDomain: 'cluster.local', rootNamespace: 'istio-system' };
  assert.equal(readMeshSettings('outboundTrafficPolicy: {mode: ALLOW_ANY}', fixed).outboundTrafficPolicy, 'ALLOW_ANY');
  for (const text of [undefined, '{', 'outboundTrafficPolicy: {mode: NEVER}', 'just text']) assert.equal(readMeshSettings(text, fixed).outboundTrafficPolicy, 'REGISTRY_ONLY');
});
