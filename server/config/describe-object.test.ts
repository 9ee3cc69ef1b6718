import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarize } from './describe-object.ts';

const rows: readonly (readonly [string, string, Readonly<Record<string, unknown>>, string])[] = [
  ['gateway.networking.k8s.io/v1', 'Gateway', { listeners: [{ name: 'a', port: 80, protocol: 'HTTP', hostname: 'a.example' }, { name: 'b', port: 443, protocol: 'HTTPS' }] }, 'HTTP 80: a.example; HTTPS 443: *'],
  ['networking.istio.io/v1', 'Gateway', { servers: [{ port: { number: 80, protocol: 'HTTP', name: 'http' }, hosts: ['a'] }] }, 'HTTP 80: a'],
  ['gateway.networking.k8s.io/v1', 'HTTPRoute', { hostnames: ['a'], parentRefs: [{ namespace: 'edge', name: 'gw', sectionName: 'http' }], rules: [{ backendRefs: [{ name: 'v1', weight: 3 }, { name: 'v2' }] }, { backendRefs: [{ name: 'v1' }] }, {}] }, 'a at edge/gw:http: v1 75 %, v2 25 % | v1 | no backend'],
  ['gateway.networking.k8s.io/v1', 'TCPRoute', {}, 'every host at no gateway: '],
  ['networking.istio.io/v1', 'Sidecar', { workloadSelector: { labels: { app: 'a' } }, egress: [{ hosts: ['./*', 'x/*', 'y/*', 'z/*'] }] }, 'a sees ./*, x/* and 2 more'],
  ['security.istio.io/v1', 'RequestAuthentication', { jwtRules: [{ issuer: 'https://i' }] }, 'every workload: tokens of https://i'],
  ['telemetry.istio.io/v1', 'Telemetry', { tracing: [{}], accessLogging: [{}] }, 'access log, tracing of every workload'],
  ['binnacle.dev/v1', 'RateLimitPolicy', { limits: [{ requests: 5, per: '1s' }], dryRun: true }, 'every workload: 5 per 1s (dry run)'],
  ['networking.istio.io/v1alpha3', 'EnvoyFilter', { configPatches: [{ applyTo: 'HTTP_FILTER', patch: { operation: 'MERGE' } }] }, 'every workload: MERGE HTTP_FILTER'],
  ['extensions.istio.io/v1alpha1', 'WasmPlugin', { url: 'oci://a' }, 'oci://a at every workload'],
  ['gateway.networking.k8s.io/v1', 'ReferenceGrant', { from: [{ group: '', kind: 'HTTPRoute', namespace: 'a' }], to: [{ group: '', kind: 'Service' }] }, 'HTTPRoute of a may refer to Service'],
  ['v1', 'Namespace', {}, ''],
];
for (const [apiVersion, kind, spec, words] of rows) test(`${kind} of ${apiVersion} in a few words`, () => assert.equal(summarize({ apiVersion, kind, metadata: { name: 'x', namespace: 'y' }, spec }), words));
