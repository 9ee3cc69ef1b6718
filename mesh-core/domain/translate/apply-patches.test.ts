import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOCAL_RATE_LIMIT, LOCAL_RATE_LIMIT_URL } from '../envoy/rate-limit.ts';
import type { HttpConnectionManager, HttpFilter, Listener, RouteConfiguration } from '../envoy/resources.ts';
import type { EnvoyConfigPatch, EnvoyFilter } from '../resources/envoy-filter.ts';
import type { RateLimitPolicy } from '../resources/rate-limit-policy.ts';
import { aGatewayProxy, aSidecar } from './a-proxy.ts';
import { decorationOf } from './decorate-listeners.ts';
import type { Decoration } from './decorate-listeners.ts';
import { readPatch } from './envoy-filter-patches.ts';
import { httpFilterOf, routesByName } from './http-listener.ts';
import { EMPTY_SNAPSHOT } from './mesh-snapshot.ts';
import type { MeshSnapshot, ProxyNode } from './mesh-snapshot.ts';
import { proxyContext } from './proxy-context.ts';

const LIMITER = { name: LOCAL_RATE_LIMIT, typed_config: { '@type': LOCAL_RATE_LIMIT_URL, stat_prefix: 'l', token_bucket: { max_tokens: 5, tokens_per_fill: 1, fill_interval: '1s' } } };

function anEnvoyFilter(configPatches: readonly EnvoyConfigPatch[], overrides: Partial<EnvoyFilter['metadata']> = {}): EnvoyFilter {
  return { apiVersion: 'networking.istio.io/v1alpha3', kind: 'EnvoyFilter', metadata: { name: 'e', namespace: 'istio-system', ...overrides }, spec: { configPatches } };
}
function insertion(operation: string, beside?: string, match: Readonly<Record<string, unknown>> = {}): EnvoyConfigPatch {
  const filter = { name: 'envoy.filters.network.http_connection_manager', ...(beside === undefined ? {} : { subFilter: { name: beside } }) };
  return { applyTo: 'HTTP_FILTER', match: { context: 'GATEWAY', listener: { filterChain: { filter } }, ...match }, patch: { operation, value: LIMITER } };
}
const LISTENER: Listener = { name: 'l', address: { socketAddress: { address: '0.0.0.0', portValue: 8080 } }, trafficDirection: 'OUTBOUND', filterChains: [{ filters: [httpFilterOf({ statPrefix: 'x', routes: routesByName('http.8080'), policies: [{ name: 'envoy.filters.http.rbac', typedConfig: { '@type': 'x' } }], isClientSide: true, clientCertificate: 'SANITIZE', isEdge: true })] }] };
const ROUTES: RouteConfiguration = { name: 'http.8080', virtualHosts: [{ name: 'a:80', domains: ['a'], routes: [{ name: 'one', match: { prefix: '/' }, route: { cluster: 'c' } }, { name: 'two', match: { prefix: '/' }, redirect: {} }] }, { name: 'b:80', domains: ['b'], routes: [] }] };

function decoration(snapshot: Partial<MeshSnapshot>, node: ProxyNode = aGatewayProxy()): Decoration {
  return decorationOf(proxyContext({ ...EMPTY_SNAPSHOT, ...snapshot }, node));
}
function filterNames(snapshot: Partial<MeshSnapshot>, node?: ProxyNode): string[] {
  const [listener] = decoration(snapshot, node).listeners([LISTENER]);
  const manager = listener?.filterChains[0]?.filters[0]?.typedConfig as unknown as HttpConnectionManager;
  return manager.httpFilters.map(({ name }: HttpFilter) => name.replace('envoy.filters.http.', ''));
}

const POSITIONS: readonly (readonly [string, EnvoyConfigPatch, readonly string[]])[] = [
  ['first', insertion('INSERT_FIRST'), ['local_ratelimit', 'rbac', 'fault', 'cors', 'istio.stats', 'router']],
  ['before one that is named', insertion('INSERT_BEFORE', 'envoy.filters.http.cors'), ['rbac', 'fault', 'local_ratelimit', 'cors', 'istio.stats', 'router']],
  ['after one that is named', insertion('INSERT_AFTER', 'envoy.filters.http.rbac'), ['rbac', 'local_ratelimit', 'fault', 'cors', 'istio.stats', 'router']],
  ['before none: first', insertion('INSERT_BEFORE'), ['local_ratelimit', 'rbac', 'fault', 'cors', 'istio.stats', 'router']],
  ['after none: last before the router', insertion('INSERT_AFTER'), ['rbac', 'fault', 'cors', 'istio.stats', 'local_ratelimit', 'router']],
  ['beside one that is not there: nowhere', insertion('INSERT_BEFORE', 'gone'), ['rbac', 'fault', 'cors', 'istio.stats', 'router']],
  ['for sidecars: not on a gateway', insertion('INSERT_FIRST', undefined, { context: 'SIDECAR_INBOUND' }), ['rbac', 'fault', 'cors', 'istio.stats', 'router']],
  ['for another port: not here', insertion('INSERT_FIRST', undefined, { listener: { portNumber: 9000 } }), ['rbac', 'fault', 'cors', 'istio.stats', 'router']],
];
for (const [what, patch, names] of POSITIONS) test(`a patch inserts a rate limiter ${what}`, () => assert.deepEqual(filterNames({ envoyFilters: [anEnvoyFilter([patch])] }), names));

test('a patch is for the workloads of its namespace, those of the root namespace for all', () => {
  const patch = insertion('INSERT_FIRST', undefined, { context: 'ANY' });
  assert.ok(!filterNames({ envoyFilters: [anEnvoyFilter([patch], { namespace: 'elsewhere' })] }).includes('local_ratelimit'));
  assert.ok(filterNames({ envoyFilters: [anEnvoyFilter([patch], { namespace: 'shop' })] }, aSidecar('web')).includes('local_ratelimit'));
});

test('routes, virtual hosts and configurations get what is merged into them, each only where it matches', () => {
  const limits = { route: { rate_limits: [{ actions: [{ remote_address: {} }] }] }, typed_per_filter_config: { [LOCAL_RATE_LIMIT]: LIMITER.typed_config } };
  const patch: EnvoyConfigPatch = { applyTo: 'HTTP_ROUTE', match: { context: 'GATEWAY', routeConfiguration: { portNumber: 8080, vhost: { name: 'a:80', route: { action: 'ROUTE' } } } }, patch: { operation: 'MERGE', value: limits } };
  const host: EnvoyConfigPatch = { applyTo: 'VIRTUAL_HOST', match: { context: 'GATEWAY', routeConfiguration: { vhost: { domainName: 'b' } } }, patch: { operation: 'MERGE', value: { rate_limits: [{ actions: [{ generic_key: { descriptor_value: 'x' } }] }] } } };
  const [routes] = decoration({ envoyFilters: [anEnvoyFilter([patch, host])] }).routes([ROUTES]);
  const [a, b] = routes?.virtualHosts ?? [];
  assert.deepEqual(a?.routes[0]?.route?.rateLimits, [{ actions: [{ remoteAddress: {} }] }]);
  assert.deepEqual(Object.keys(a?.routes[0]?.typedPerFilterConfig ?? {}), [LOCAL_RATE_LIMIT]);
  assert.equal(a?.routes[1]?.typedPerFilterConfig, undefined);
  assert.deepEqual([a?.rateLimits, b?.rateLimits], [undefined, [{ actions: [{ genericKey: { descriptorValue: 'x' } }] }]]);
});

test('a policy limits a gateway before faults are injected, on every virtual host', () => {
  const policy: RateLimitPolicy = { apiVersion: 'binnacle.dev/v1', kind: 'RateLimitPolicy', metadata: { name: 'p', namespace: 'istio-system' }, spec: { selector: { matchLabels: { istio: 'ingressgateway' } }, limits: [{ requests: 1, per: '1m' }] } };
  assert.deepEqual(filterNames({ rateLimitPolicies: [policy] }), ['rbac', 'local_ratelimit', 'fault', 'cors', 'istio.stats', 'router']);
  const [routes] = decoration({ rateLimitPolicies: [policy] }).routes([ROUTES]);
  assert.deepEqual(routes?.virtualHosts.map(({ rateLimits }) => rateLimits), [1, 2].map(() => [{ actions: [{ genericKey: { descriptorValue: 'istio-system/p/0' } }] }]));
  assert.equal(decoration({}).routes([ROUTES])[0], ROUTES);
});

const UNSUPPORTED: readonly (readonly [string, EnvoyConfigPatch])[] = [
  ['another filter', { applyTo: 'HTTP_FILTER', patch: { operation: 'INSERT_FIRST', value: { name: 'lua', typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua' } } } }],
  ['a removal', { applyTo: 'HTTP_FILTER', patch: { operation: 'REMOVE', value: LIMITER } }],
  ['a field of the wrong type', { applyTo: 'HTTP_FILTER', patch: { operation: 'INSERT_FIRST', value: { ...LIMITER, typed_config: { ...LIMITER.typed_config, stat_prefix: 5 } } } }],
  ['a bucket that never fills', { applyTo: 'HTTP_FILTER', patch: { operation: 'INSERT_FIRST', value: { ...LIMITER, typed_config: { ...LIMITER.typed_config, token_bucket: { max_tokens: 1, fill_interval: '0s' } } } } }],
  ['a merge that changes where a route leads', { applyTo: 'HTTP_ROUTE', patch: { operation: 'MERGE', value: { route: { cluster: 'evil', rate_limits: [] } } } }],
  ['an action that is not known', { applyTo: 'VIRTUAL_HOST', patch: { operation: 'MERGE', value: { rate_limits: [{ actions: [{ masked_remote_address: {} }] }] } } }],
  ['a waypoint', { ...insertion('INSERT_FIRST'), match: { context: 'WAYPOINT' } }],
  ['certain proxies only', { ...insertion('INSERT_FIRST'), match: { proxy: { proxyVersion: '^1.*' } } }],
];
for (const [what, patch] of UNSUPPORTED) test(`a patch of ${what} is not applied in part`, () => assert.equal(readPatch(patch), undefined));
