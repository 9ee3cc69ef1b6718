import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import { spiffeIdOfSan } from '../identity/peer-identity.ts';
import { checkPeerNames, http1Alpn } from './connect-endpoint.ts';

const WEB = 'spiffe://cluster.local/ns/shop/sa/web';
const exactly = (exact: string): { sanType: 'URI'; matcher: { exact: string } } => ({ sanType: 'URI', matcher: { exact } });

test('a peer must carry one of the identities that are expected', () => {
  assert.equal(checkPeerNames(`URI:${WEB}`, [exactly('spiffe://cluster.local/ns/shop/sa/other'), exactly(WEB)]), undefined);
  assert.match(checkPeerNames(`URI:${WEB}`, [exactly('spiffe://cluster.local/ns/shop/sa/other')]) ?? '', /sa\/web, which is not among/);
});
test('without expectations any identity of the mesh will do, but there must be one', () => {
  assert.equal(checkPeerNames(`URI:${WEB}`, []), undefined);
  assert.match(checkPeerNames('DNS:web.shop', []) ?? '', /no SPIFFE identity/);
});
test('a certificate with two URIs names nobody', () => {
  assert.equal(spiffeIdOfSan(`URI:${WEB}, URI:spiffe://cluster.local/ns/shop/sa/admin`), undefined);
  assert.equal(spiffeIdOfSan(`DNS:x, URI:${WEB}`), WEB);
  assert.equal(spiffeIdOfSan('URI:https://example.com/'), undefined);
  assert.equal(spiffeIdOfSan(undefined), undefined);
});
test('HTTP/2 is not offered, as it is not spoken', () => {
  assert.deepEqual(http1Alpn({ '@type': TYPE_URLS.upstreamTls, commonTlsContext: { alpnProtocols: ['istio-h2', 'h2', 'istio-http/1.1', 'http/1.1'] } }), ['istio-http/1.1', 'http/1.1']);
});
