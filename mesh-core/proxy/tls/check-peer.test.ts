import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import type { CertificateValidation, TlsContext } from '#mesh-core/domain/envoy/resources.ts';
import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import { spiffeIdOfSan } from '../identity/peer-identity.ts';
import { createTestAuthority } from '../testing/test-authority.ts';
import { checkPeer, subjectAltNamesOf } from './check-peer.ts';
import { alpnOf } from './client-tls.ts';

const WEB = 'spiffe://cluster.local/ns/shop/sa/web';
const authority = await createTestAuthority();
const certificateOf = async (...names: Parameters<typeof authority.issue>[0]): Promise<X509Certificate> => new X509Certificate((await authority.issue(names)).certPem);
const uri = (exact: string): CertificateValidation => ({ matchTypedSubjectAltNames: [{ sanType: 'URI', matcher: { exact } }] });
const dns = (exact: string): CertificateValidation => ({ matchTypedSubjectAltNames: [{ sanType: 'DNS', matcher: { exact } }] });

test('a peer must carry one of the names that are expected, of the type that is expected', async () => {
  const web = await certificateOf({ type: 'url', value: WEB });
  assert.equal(checkPeer(web, { matchTypedSubjectAltNames: [...(uri('spiffe://other').matchTypedSubjectAltNames ?? []), ...(uri(WEB).matchTypedSubjectAltNames ?? [])] }), undefined);
  assert.match(checkPeer(web, uri('spiffe://other')) ?? '', /sa\/web, of which none is expected/);
  assert.match(checkPeer(web, dns(WEB)) ?? '', /none is expected/);
  assert.equal(checkPeer(web, {}), undefined);
});
test('a wildcard of the certificate stands for one label', async () => {
  const wild = await certificateOf({ type: 'dns', value: '*.example.com' });
  assert.equal(checkPeer(wild, dns('a.example.com')), undefined);
  assert.equal(checkPeer(wild, dns('*.example.com')), undefined);
  assert.notEqual(checkPeer(wild, dns('a.b.example.com')), undefined);
  assert.notEqual(checkPeer(wild, dns('example.com')), undefined);
});
test('a pinned certificate is known by its hash, with colons or without', async () => {
  const web = await certificateOf({ type: 'dns', value: 'web' });
  assert.equal(checkPeer(web, { verifyCertificateHash: [web.fingerprint256] }), undefined);
  assert.equal(checkPeer(web, { verifyCertificateHash: [web.fingerprint256.replaceAll(':', '').toLowerCase()] }), undefined);
  assert.match(checkPeer(web, { verifyCertificateHash: ['00'.repeat(32)] }) ?? '', /not one of those pinned/);
});
test('names are read out of the text that Node gives, also the one it quotes', async () => {
  const names = [{ type: 'dns', value: 'a' }, { type: 'url', value: WEB }, { type: 'dns', value: 'b, URI:spiffe://evil' }, { type: 'ip', value: '10.0.0.1' }] as const;
  assert.deepEqual(subjectAltNamesOf((await certificateOf(...names)).subjectAltName), [
    { type: 'DNS', name: 'a' },
    { type: 'URI', name: WEB },
    { type: 'DNS', name: 'b, URI:spiffe://evil' },
    { type: 'IP_ADDRESS', name: '10.0.0.1' },
  ]);
});
test('a certificate with two URIs names nobody', () => {
  assert.equal(spiffeIdOfSan(`URI:${WEB}, URI:spiffe://cluster.local/ns/shop/sa/admin`), undefined);
  assert.equal(spiffeIdOfSan(`DNS:x, URI:${WEB}`), WEB);
  assert.equal(spiffeIdOfSan('URI:https://example.com/'), undefined);
  assert.equal(spiffeIdOfSan(undefined), undefined);
});
test('what ALPN offers follows from what will be spoken', () => {
  const context = (alpnProtocols: string[], name?: string): TlsContext => ({ '@type': TYPE_URLS.upstreamTls, commonTlsContext: { alpnProtocols, ...(name === undefined ? {} : { tlsCertificateSdsSecretConfigs: [{ name }] }) } });
  assert.deepEqual(alpnOf(context(['h2', 'http/1.1']), 'http1'), ['http/1.1']);
  assert.deepEqual(alpnOf(context(['h2', 'http/1.1']), 'http2'), ['h2']);
  assert.deepEqual(alpnOf(context(['smtp']), 'tcp'), ['smtp']);
  const mesh = context(['istio-peer-exchange', 'istio'], 'default');
  assert.deepEqual(alpnOf(mesh, 'http1'), ['istio-http/1.1', 'istio', 'http/1.1']);
  assert.deepEqual(alpnOf(mesh, 'http2'), ['istio-h2', 'istio', 'h2']);
  assert.deepEqual(alpnOf(mesh, 'tcp'), ['istio-peer-exchange', 'istio']);
});
