import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { meshConfigText, readMeshSettings } from './mesh-config.ts';

const ADDRESSES = { trustDomain: 'cluster.local', rootNamespace: 'istio-system', discoveryAddress: '127.0.0.1:15012', otlpPort: 4318 };

test('a first start writes where proxies find the control plane and the span receiver', () => {
  assert.deepEqual(parse(meshConfigText(undefined, ADDRESSES)), {
    outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
    defaultProviders: { tracing: ['otlp'] },
    trustDomain: 'cluster.local',
    rootNamespace: 'istio-system',
    defaultConfig: { tracing: { sampling: 100 }, discoveryAddress: '127.0.0.1:15012' },
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
    defaultConfig: { tracing: { sampling: 100 }, discoveryAddress: '127.0.0.1:15012', concurrency: 2 },
    extensionProviders: [{ name: 'mine' }],
  });
});

test('the outbound policy is read from the text; a broken text means the default', () => {
  const fixed = { trustDomain: 'cluster.local', rootNamespace: 'istio-system' };
  assert.equal(readMeshSettings('outboundTrafficPolicy: {mode: ALLOW_ANY}', fixed).outboundTrafficPolicy, 'ALLOW_ANY');
  for (const text of [undefined, '{', 'outboundTrafficPolicy: {mode: NEVER}', 'just text']) assert.equal(readMeshSettings(text, fixed).outboundTrafficPolicy, 'REGISTRY_ONLY');
});

test('providers, tracing and access logs are read; what is of another type is as if it was not there', () => {
  const fixed = { trustDomain: 'td', rootNamespace: 'root' };
  const text = 'trustDomainAliases: [old, 1]\nextensionProviders: [{name: ext, envoyExtAuthzHttp: {port: 1}}, {port: 2}, nonsense]\ndefaultProviders: {tracing: [otlp], metrics: x}\nenableTracing: false\ndefaultConfig: {tracing: {sampling: 12.5}}\naccessLogFile: /dev/stdout\naccessLogEncoding: JSON\n';
  assert.deepEqual(readMeshSettings(text, fixed), { ...fixed, outboundTrafficPolicy: 'REGISTRY_ONLY', trustDomainAliases: ['old'], extensionProviders: [{ name: 'ext', envoyExtAuthzHttp: { port: 1 } }], defaultProviders: { tracing: ['otlp'] }, enableTracing: false, traceSamplingPercent: 12.5, accessLogFile: '/dev/stdout', accessLogEncoding: 'JSON' });
  assert.deepEqual(readMeshSettings('accessLogEncoding: XML\nenableTracing: 1\ndefaultConfig: {tracing: {sampling: 101}}', fixed), { ...fixed, outboundTrafficPolicy: 'REGISTRY_ONLY' });
});

test('what is retried and how long connecting may take are read; fields of another type are as if they were not there', () => {
  const fixed = { trustDomain: 'td', rootNamespace: 'root' };
  const settings = (text: string): object => {
    const { defaultHttpRetryPolicy, connectTimeout } = readMeshSettings(text, fixed);
    return { defaultHttpRetryPolicy, connectTimeout };
  };
  assert.deepEqual(settings('defaultHttpRetryPolicy: {attempts: 0}\nconnectTimeout: 3s'), { defaultHttpRetryPolicy: { attempts: 0 }, connectTimeout: '3s' });
  assert.deepEqual(settings('defaultHttpRetryPolicy: {attempts: many, retryOn: 5xx, backoff: soon}\nconnectTimeout: 3'), { defaultHttpRetryPolicy: { retryOn: '5xx' }, connectTimeout: undefined });
});

test('without a control plane that knows them, trust domain and root namespace are read from the text', () => {
  const read = ({ trustDomain, rootNamespace }: ReturnType<typeof readMeshSettings>): readonly string[] => [trustDomain, rootNamespace];
  assert.deepEqual(read(readMeshSettings('trustDomain: td\nrootNamespace: root')), ['td', 'root']);
  assert.deepEqual(read(readMeshSettings('trustDomain: 7\nrootNamespace: ""')), ['cluster.local', 'istio-system']);
  assert.deepEqual(read(readMeshSettings('trustDomain: td', { trustDomain: 'own', rootNamespace: 'here' })), ['own', 'here']);
});
