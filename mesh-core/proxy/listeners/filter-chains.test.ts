import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NETWORK_FILTER_URLS } from '#mesh-core/domain/envoy/network-filters.ts';
import type { Listener } from '#mesh-core/domain/envoy/resources.ts';
import { SECURITY_TYPE_URLS } from '#mesh-core/domain/envoy/security-filters.ts';
import { checkListener } from '../config/check-support.ts';
import { inboundListener, outboundListener } from '../testing/mesh-resources.ts';
import { chainOf } from './filter-chains.ts';
import type { Chain } from './filter-chains.ts';

const chains = (listener: Listener): (Chain | undefined)[] => listener.filterChains.map(chainOf);

test('STRICT has a chain for TLS only, PERMISSIVE for both, an outbound listener for plain text only', () => {
  const kinds = (listener: Listener): boolean[] => chains(listener).map((chain) => chain?.tls !== undefined);
  assert.deepEqual(kinds(inboundListener(1, 2)), [true]);
  assert.deepEqual(kinds(inboundListener(1, 2, { mode: 'PERMISSIVE' })), [true, false]);
  assert.deepEqual(kinds(outboundListener(1)), [false]);
});
test('a chain stays the same chain when its filters change, and not when its match or its TLS does', () => {
  const [before] = chains(inboundListener(1, 2));
  const [after] = chains(inboundListener(1, 2, { rbac: [{ action: 'DENY', policies: {} }] }));
  const [plain] = chains(outboundListener(1));
  assert.equal(after?.identity, before?.identity);
  assert.notEqual(plain?.identity, before?.identity);
});
test('a TCP chain has its RBAC filters in order and its cluster', () => {
  const rbac = { name: 'rbac', typedConfig: { '@type': NETWORK_FILTER_URLS.rbac, statPrefix: 'tcp.', rules: { action: 'DENY', policies: {} } } };
  const proxy = { name: 'tcp', typedConfig: { '@type': NETWORK_FILTER_URLS.tcpProxy, statPrefix: 'x', cluster: 'outbound|1|' } };
  const service = chainOf({ filters: [rbac, proxy] })?.service;
  assert.ok(service?.kind === 'tcp');
  assert.equal(service.proxy.cluster, 'outbound|1|');
  assert.equal(service.rbac.length, 1);
  assert.equal(checkListener({ ...outboundListener(1), filterChains: [{ filters: [rbac, proxy] }] }), undefined);
  assert.match(checkListener({ ...outboundListener(1), filterChains: [{ filters: [proxy, rbac] }] }) ?? '', /tcp must be the last/);
  assert.match(checkListener({ ...outboundListener(1), filterChains: [{ filters: [rbac] }] }) ?? '', /must end in/);
});
test('connections that an external authorizer would be asked about are refused, unless it may be done without', () => {
  const noted = { action: 'DENY', policies: {} };
  const rbac = { name: 'rbac', typedConfig: { '@type': NETWORK_FILTER_URLS.rbac, statPrefix: 'tcp.', shadowRules: noted, shadowRulesStatPrefix: 'istio_ext_authz_' } };
  const proxy = { name: 'tcp', typedConfig: { '@type': NETWORK_FILTER_URLS.tcpProxy, statPrefix: 'x', cluster: 'outbound|1|' } };
  const rulesWith = (authorizer: Readonly<Record<string, unknown>>): unknown => {
    const filters = [rbac, { name: 'ext_authz', typedConfig: { '@type': SECURITY_TYPE_URLS.networkExtAuthz, ...authorizer } }, proxy];
    assert.equal(checkListener({ ...outboundListener(1), filterChains: [{ filters }] }), undefined);
    const service = chainOf({ filters })?.service;
    return service?.kind === 'tcp' ? service.rbac[0]?.rules : undefined;
  };
  assert.equal(rulesWith({}), noted);
  assert.equal(rulesWith({ failureModeAllow: true }), undefined);
});
test('what this proxy cannot run is refused by name', () => {
  const listener = inboundListener(1, 2);
  assert.equal(checkListener(listener), undefined);
  assert.match(checkListener({ ...listener, filterChains: [] }) ?? '', /no filter chain/);
  assert.match(checkListener({ ...listener, listenerFilters: [{ name: 'envoy.filters.listener.proxy_protocol' }] }) ?? '', /unsupported listener filter envoy\.filters\.listener\.proxy_protocol/);
  const [chain] = listener.filterChains;
  assert.match(checkListener({ ...listener, filterChains: [...listener.filterChains, ...listener.filterChains] }) ?? '', /same matching rules/);
  assert.match(checkListener({ ...listener, filterChains: [{ filters: [{ name: 'tcp', typedConfig: { '@type': 'type.googleapis.com/x.Echo' } }], ...(chain?.name === undefined ? {} : { name: chain.name }) }] }) ?? '', /unsupported network filter tcp/);
});
