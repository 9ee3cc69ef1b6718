import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FilterChainMatch } from '../envoy/network-filters.ts';
import { selectFilterChain } from './select-filter-chain.ts';
import type { ConnectionFacts } from './select-filter-chain.ts';

const PLAIN: ConnectionFacts = { destinationPort: 80, destinationIp: '10.1.2.3', serverName: '', transportProtocol: 'raw_buffer', applicationProtocols: [], directSourceIp: '10.9.9.9', sourceIp: '10.9.9.9', sourcePort: 40_000 };
const chain = (name: string, filterChainMatch: FilterChainMatch = {}): { name: string; filterChainMatch: FilterChainMatch } => ({ name, filterChainMatch });

const CASES: readonly { readonly rule: string; readonly chains: readonly ReturnType<typeof chain>[]; readonly facts?: Partial<ConnectionFacts>; readonly expected: string | undefined }[] = [
  { rule: 'a chain that asks for nothing takes everything', chains: [chain('any')], expected: 'any' },
  { rule: 'its own port beats no port', chains: [chain('any'), chain('80', { destinationPort: 80 })], expected: '80' },
  { rule: 'a chosen port is not left again, although only the other chain would match on', chains: [chain('any'), chain('80', { destinationPort: 80, transportProtocol: 'tls' })], expected: undefined },
  { rule: 'the longest range holds', chains: [chain('8', { prefixRanges: [{ addressPrefix: '10.0.0.0', prefixLen: 8 }] }), chain('16', { prefixRanges: [{ addressPrefix: '10.1.0.0', prefixLen: 16 }] })], expected: '16' },
  { rule: 'an exact server name beats a wildcard', chains: [chain('wild', { serverNames: ['*.example.com'] }), chain('exact', { serverNames: ['a.example.com'] })], facts: { serverName: 'a.example.com', transportProtocol: 'tls' }, expected: 'exact' },
  { rule: 'a longer wildcard beats a shorter one', chains: [chain('com', { serverNames: ['*.com'] }), chain('example', { serverNames: ['*.example.com'] })], facts: { serverName: 'x.y.example.com', transportProtocol: 'tls' }, expected: 'example' },
  { rule: 'a wildcard does not take its own parent', chains: [chain('wild', { serverNames: ['*.example.com'] })], facts: { serverName: 'example.com', transportProtocol: 'tls' }, expected: undefined },
  { rule: 'server names are compared without case', chains: [chain('exact', { serverNames: ['A.example.com'] })], facts: { serverName: 'a.EXAMPLE.com', transportProtocol: 'tls' }, expected: 'exact' },
  { rule: 'without a server name only chains that ask for none', chains: [chain('exact', { serverNames: ['a.example.com'] }), chain('none')], facts: { transportProtocol: 'tls' }, expected: 'none' },
  { rule: 'permissive: TLS with a mesh protocol', chains: [chain('mtls', { transportProtocol: 'tls', applicationProtocols: ['istio', 'istio-peer-exchange', 'istio-http/1.1', 'istio-h2'] }), chain('tls', { transportProtocol: 'tls' }), chain('plain', { transportProtocol: 'raw_buffer' })], facts: { transportProtocol: 'tls', applicationProtocols: ['istio-http/1.1', 'istio'] }, expected: 'mtls' },
  { rule: "permissive: the app's own TLS", chains: [chain('mtls', { transportProtocol: 'tls', applicationProtocols: ['istio'] }), chain('tls', { transportProtocol: 'tls' }), chain('plain', { transportProtocol: 'raw_buffer' })], facts: { transportProtocol: 'tls', applicationProtocols: ['h2', 'http/1.1'] }, expected: 'tls' },
  { rule: 'permissive: plain text', chains: [chain('mtls', { transportProtocol: 'tls', applicationProtocols: ['istio'] }), chain('plain', { transportProtocol: 'raw_buffer' })], expected: 'plain' },
  { rule: "the client's order of protocols counts", chains: [chain('h1', { applicationProtocols: ['http/1.1'] }), chain('h2', { applicationProtocols: ['h2'] })], facts: { applicationProtocols: ['h2', 'http/1.1'] }, expected: 'h2' },
  { rule: 'sniffed HTTP and anything else', chains: [chain('http', { applicationProtocols: ['http/1.0', 'http/1.1', 'h2c'] }), chain('tcp')], facts: { applicationProtocols: ['h2c'] }, expected: 'http' },
  { rule: 'nothing sniffed', chains: [chain('http', { applicationProtocols: ['http/1.0', 'http/1.1', 'h2c'] }), chain('tcp')], expected: 'tcp' },
  { rule: 'a caller on the same machine', chains: [chain('local', { sourceType: 'SAME_IP_OR_LOOPBACK' }), chain('external', { sourceType: 'EXTERNAL' })], facts: { sourceIp: '127.0.0.1' }, expected: 'local' },
  { rule: 'a caller from elsewhere', chains: [chain('local', { sourceType: 'SAME_IP_OR_LOOPBACK' }), chain('external', { sourceType: 'EXTERNAL' })], expected: 'external' },
  { rule: 'source range and source port', chains: [chain('range', { sourcePrefixRanges: [{ addressPrefix: '10.9.0.0', prefixLen: 16 }] }), chain('port', { sourcePrefixRanges: [{ addressPrefix: '10.9.0.0', prefixLen: 16 }], sourcePorts: [40_000] })], expected: 'port' },
];

for (const { rule, chains, facts, expected } of CASES) {
  test(rule, () => {
    assert.equal(selectFilterChain(chains, undefined, { ...PLAIN, ...facts })?.name, expected);
    assert.equal(selectFilterChain(chains.toReversed(), undefined, { ...PLAIN, ...facts })?.name, expected);
  });
}

test('the default chain takes what no other does', () => {
  assert.equal(selectFilterChain([chain('tls', { transportProtocol: 'tls' })], chain('default'), PLAIN)?.name, 'default');
});
