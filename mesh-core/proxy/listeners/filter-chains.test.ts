import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkListener } from '../config/check-support.ts';
import { inboundListener, outboundListener } from '../testing/mesh-resources.ts';
import { chainsOf, rbacRulesOf } from './filter-chains.ts';

test('STRICT has a chain for TLS only, PERMISSIVE for both, an outbound listener for plain text only', () => {
  const kinds = (listener: Parameters<typeof chainsOf>[0]): boolean[] => [chainsOf(listener).tls !== undefined, chainsOf(listener).plain !== undefined];
  assert.deepEqual(kinds(inboundListener(1, 2)), [true, false]);
  assert.deepEqual(kinds(inboundListener(1, 2, { mode: 'PERMISSIVE' })), [true, true]);
  assert.deepEqual(kinds(outboundListener(1)), [false, true]);
});
test('the RBAC filters are found in their order', () => {
  const deny = { action: 'DENY' as const, policies: {} };
  const allow = { action: 'ALLOW' as const, policies: {} };
  const chain = chainsOf(inboundListener(1, 2, { rbac: [deny, allow] })).tls;
  assert.deepEqual(rbacRulesOf(chain?.manager.httpFilters ?? []).map(({ rules }) => rules?.action), ['DENY', 'ALLOW']);
});
test('what this proxy cannot run is refused by name', () => {
  const listener = inboundListener(1, 2);
  assert.equal(checkListener(listener), undefined);
  assert.match(checkListener({ ...listener, filterChains: [] }) ?? '', /no filter chain/);
  assert.match(checkListener({ ...listener, listenerFilters: [{ name: 'envoy.filters.listener.proxy_protocol' }] }) ?? '', /unsupported listener filter envoy\.filters\.listener\.proxy_protocol/);
  const [chain] = listener.filterChains;
  assert.match(checkListener({ ...listener, filterChains: [{ filters: [{ name: 'tcp', typedConfig: { '@type': 'type.googleapis.com/x.TcpProxy' } }], ...(chain?.name === undefined ? {} : { name: chain.name }) }] }) ?? '', /unsupported network filter tcp/);
});
