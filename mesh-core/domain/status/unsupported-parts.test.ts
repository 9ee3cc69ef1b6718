import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KINDS } from '../resources/kinds.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import { statusWithSupport } from './supported-condition.ts';
import { KINDS_WITH_UNSUPPORTED_PARTS, unsupportedParts } from './unsupported-parts.ts';

function an(kind: string, spec: unknown, rest: Partial<KubeObject> = {}): KubeObject {
  return { apiVersion: 'x/v1', kind, metadata: { name: 'a', namespace: 'shop', generation: 2 }, spec, ...rest };
}
const limiter = { applyTo: 'HTTP_FILTER', patch: { operation: 'INSERT_FIRST', value: { name: 'l', typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit', stat_prefix: 'l' } } } };

const CASES: readonly (readonly [string, KubeObject, readonly string[]])[] = [
  ['a plugin', an('WasmPlugin', { url: 'x' }), ['spec']],
  ['a patch of a cluster, beside one that is applied', an('EnvoyFilter', { configPatches: [limiter, { applyTo: 'CLUSTER', patch: { operation: 'ADD', value: {} } }] }), ['spec.configPatches[1]']],
  ['a rate limiter with a field that is not known', an('EnvoyFilter', { configPatches: [{ ...limiter, patch: { ...limiter.patch, value: { ...limiter.patch.value, typed_config: { ...limiter.patch.value.typed_config, stage: 1 } } } }] }), ['spec.configPatches[0]']],
  ['a tag with a formatter', an('Telemetry', { tracing: [{ customTags: { a: { literal: { value: 'x' } }, b: { formatter: { value: '%REQ(X)%' } } } }] }), ['spec.tracing[0].customTags[b].formatter']],
  ['a policy for a waypoint', an('AuthorizationPolicy', { targetRefs: [{ kind: 'Gateway', name: 'g' }, { kind: 'Service', name: 's' }] }), ['spec.targetRefs[1]']],
  ['settings of the proxy', an('ProxyConfig', { concurrency: 0, image: { imageType: 'distroless' } }), ['spec.concurrency', 'spec.image']],
  ['what only Envoy sends', an('DestinationRule', { host: 'a', trafficPolicy: { proxyProtocol: {} }, subsets: [{ name: 'v1', trafficPolicy: { tunnel: { targetHost: 'b' } } }] }), ['spec.trafficPolicy.proxyProtocol', 'spec.subsets[0].trafficPolicy.tunnel']],
  ['an endpoint behind a Unix socket', an('ServiceEntry', { endpoints: [{ address: '1.2.3.4' }, { address: 'unix:///run/a.sock' }] }), ['spec.endpoints[1].address']],
  ['nothing', an('AuthorizationPolicy', { rules: [{}] }), []],
  ['a kind that is obeyed whole', an('Service', {}), []],
];
for (const [what, object, paths] of CASES) test(`what is not obeyed is named: ${what}`, () => assert.deepEqual(unsupportedParts(object).map(({ path }) => path), paths));

test('the condition comes with the parts, stays when nothing changes, and goes with them; others stay', () => {
  const healthy = { type: 'Healthy', status: 'True' };
  const plugin = an('ProxyConfig', { concurrency: 1 }, { status: { conditions: [healthy], other: 1 } });
  const status = statusWithSupport(plugin, '2026-01-01T00:00:00Z');
  assert.deepEqual(status, { other: 1, conditions: [healthy, { type: 'Supported', status: 'False', reason: 'NotSupported', message: 'spec.concurrency: a proxy of this mesh is one process with one thread', lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 2 }] });
  assert.equal(statusWithSupport({ ...plugin, status }, '2026-02-02T00:00:00Z'), undefined);
  assert.deepEqual(statusWithSupport({ ...plugin, spec: {}, status }, '2026-02-02T00:00:00Z'), { other: 1, conditions: [healthy] });
  assert.equal(statusWithSupport(an('ProxyConfig', {}), '2026-01-01T00:00:00Z'), undefined);
});

test('the table speaks of kinds that are served', () => {
  const served = new Set(KINDS.map(({ id }) => id));
  assert.deepEqual(KINDS_WITH_UNSUPPORTED_PARTS.filter((id) => !served.has(id)), []);
});
