import 'reflect-metadata';
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509';
import { createCsr } from '#mesh-core/wire/xds/create-csr.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import { CertificateAuthority } from './certificate-authority.ts';
import { CertificateLineages } from './certificate-lineages.ts';
import { JoinTokens } from './join-token.ts';
import { loadOrCreateRoot } from './root-certificate.ts';
import { verifyPeerCertificate } from './verify-peer.ts';

const folder = mkdtempSync(join(tmpdir(), 'ca-'));
after(() => rmSync(folder, { recursive: true }));
const NOW = Date.parse('2026-11-21T12:00:00Z');
let time = NOW;
const clock: Clock = { now: () => time, after: () => () => {}, every: () => () => {} };
const catalog = { trustDomain: 'cluster.local', namespace: 'shop', serviceAccount: 'catalog' };

async function authority(name = 'one', workloadTtlSeconds = 86_400): Promise<CertificateAuthority & { readonly rootPem: string }> {
  const root = await loadOrCreateRoot(join(folder, name), NOW, 'cluster.local');
  return Object.assign(new CertificateAuthority({ signer: () => ({ root }), clock, workloadTtlSeconds }), { rootPem: root.pem });
}
async function sign(ca: CertificateAuthority, ttlSeconds = 3600): Promise<X509Certificate> {
  const result = await ca.signWorkloadCsr((await createCsr()).csrPem, catalog, ttlSeconds);
  assert.ok(result.ok);
  return new X509Certificate(result.certificate.chain[0]!);
}
const peer = (ca: { readonly rootPem: string }, cert: X509Certificate, at = NOW) => verifyPeerCertificate(cert.raw, [ca.rootPem], ['cluster.local'], at);

test('the root survives a restart and its key is readable by its owner only', async () => {
  const first = await loadOrCreateRoot(join(folder, 'kept'), NOW, 'cluster.local');
  const second = await loadOrCreateRoot(join(folder, 'kept'), NOW, 'cluster.local');
  assert.equal(first.pem, second.pem);
  assert.equal(statSync(join(folder, 'kept', 'root-key.pem')).mode & 0o777, 0o600);
  assert.equal(first.certificate.notAfter.getUTCFullYear(), 2036);
  assert.equal(new X509Certificate(first.pem).ca, true);
});

test('a root whose key is gone, of another root, or that has ended is refused with a sentence', async () => {
  await loadOrCreateRoot(join(folder, 'a'), NOW, 'cluster.local');
  await loadOrCreateRoot(join(folder, 'b'), NOW, 'cluster.local');
  await assert.rejects(loadOrCreateRoot(join(folder, 'a'), Date.parse('2036-11-22'), 'cluster.local'), /ended on 2036-11-21/);
  writeFileSync(join(folder, 'a', 'root-key.pem'), readFileSync(join(folder, 'b', 'root-key.pem')));
  await assert.rejects(loadOrCreateRoot(join(folder, 'a'), NOW, 'cluster.local'), /does not belong to the mesh root/);
  rmSync(join(folder, 'a', 'root-key.pem'));
  await assert.rejects(loadOrCreateRoot(join(folder, 'a'), NOW, 'cluster.local'), /has no key beside it/);
});

test('a certificate names the authenticated caller, whatever the CSR asks for', async () => {
  const ca = await authority();
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const csr = await Pkcs10CertificateRequestGenerator.create({
    keys,
    name: 'CN=admin',
    signingAlgorithm: algorithm,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'url', value: 'spiffe://cluster.local/ns/shop/sa/payment' }])],
  });
  const result = await ca.signWorkloadCsr(csr.toString('pem'), catalog, 0);
  assert.ok(result.ok);
  const cert = new X509Certificate(result.certificate.chain[0]!);
  assert.equal(cert.subjectAltName, 'URI:spiffe://cluster.local/ns/shop/sa/catalog');
  assert.equal(cert.subject, undefined);
  assert.equal(cert.ca, false);
  assert.deepEqual(cert.keyUsage?.toSorted(), ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  assert.equal(result.certificate.chain.at(-1), ca.rootPem);
  const verdict = peer(ca, cert);
  assert.deepEqual(verdict.ok && verdict.identity, catalog);
});

test('a life is the default when none is asked for, never more than it, and never over 90 days', async () => {
  const ca = await authority('one', 1000);
  const seconds = async (ttl: number): Promise<number> => (Date.parse((await sign(ca, ttl)).validTo) - NOW) / 1000;
  assert.deepEqual([await seconds(0), await seconds(-5), await seconds(20), await seconds(5000)], [1000, 1000, 20, 1000]);
  const { csrPem } = await createCsr();
  const refused = await ca.signWorkloadCsr(csrPem, catalog, 91 * 86_400);
  assert.equal(!refused.ok && refused.reason, 'ttl-too-long');
});

test('a CSR that does not prove its key is refused', async () => {
  const ca = await authority();
  const { csrPem } = await createCsr();
  const other = Buffer.from(csrPem.replaceAll(/-----.*-----|\s/g, ''), 'base64');
  other[other.length - 1] = (other[other.length - 1] ?? 0) ^ 1;
  const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${other.toString('base64')}\n-----END CERTIFICATE REQUEST-----`;
  for (const csr of ['', 'hello', forged, ca.rootPem]) {
    const result = await ca.signWorkloadCsr(csr, catalog, 60);
    assert.equal(!result.ok && result.reason, 'bad-csr', csr.slice(0, 40));
  }
});

test('a peer is refused with the certificate of another mesh, an ended one, a server one, or of another trust domain', async () => {
  const ca = await authority();
  const foreign = await authority('foreign');
  const cert = await sign(ca, 600);
  assert.equal(peer(ca, cert).ok, true);
  assert.equal(peer(ca, await sign(foreign)).ok, false);
  assert.equal(peer(ca, cert, NOW + 601_000).ok, false);
  assert.equal(peer(ca, new X509Certificate((await ca.issueServerCertificate(600)).cert)).ok, false);
  assert.equal(verifyPeerCertificate(cert.raw, [ca.rootPem], ['other.example'], NOW).ok, false);
  assert.equal(verifyPeerCertificate(Buffer.from('no certificate'), [ca.rootPem], ['cluster.local'], NOW).ok, false);
});

test('the server certificate answers to the names of the control plane', async () => {
  const ca = await authority();
  const cert = new X509Certificate((await ca.issueServerCertificate(600)).cert);
  for (const host of ['localhost', 'istiod.istio-system.svc', 'istiod.istio-system.svc.cluster.local', 'kubernetes.default.svc']) assert.equal(cert.checkHost(host), host);
  assert.equal(cert.checkIP('127.0.0.1'), '127.0.0.1');
  assert.equal(cert.checkHost('example.com'), undefined);
});

test('a join token tells its service account for 24 hours and across restarts', async () => {
  const file = join(folder, 'token-key.pem');
  const token = await JoinTokens.open(file, clock).issue('shop', 'catalog');
  const tokens = JoinTokens.open(file, clock);
  const result = await tokens.verify(token);
  assert.ok(result.ok);
  assert.deepEqual([result.namespace, result.serviceAccount], ['shop', 'catalog']);
  time = NOW + 24 * 3600_000 + 1000;
  assert.deepEqual(await tokens.verify(token), { ok: false, reason: 'The join token has expired; ask for a new one.' });
  time = NOW;
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('a token that was altered, signed by another key or not signed at all is refused', async () => {
  const tokens = JoinTokens.open(join(folder, 'token-key.pem'), clock);
  const token = await tokens.issue('shop', 'catalog');
  const [header, , signature] = token.split('.');
  const claims = Buffer.from(JSON.stringify({ sub: 'system:serviceaccount:shop:payment', aud: 'istio-ca', exp: NOW / 1000 + 60, jti: 'x', iss: 'https://kubernetes.default.svc.cluster.local' })).toString('base64url');
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  const foreign = await JoinTokens.open(join(folder, 'other-key.pem'), clock).issue('shop', 'catalog');
  for (const bad of [`${header}.${claims}.${signature}`, `${none}.${claims}.`, foreign, '', 'a.b.c']) assert.equal((await tokens.verify(bad)).ok, false, bad);
});

const record = (serialNumber: string, notAfter: number, root = 'r1') => ({ serialNumber, spiffeId: 'spiffe://cluster.local/ns/shop/sa/catalog', notBefore: 0, notAfter, root });

test('a stream sees the certificate that was renewed after it was opened', () => {
  const lines = CertificateLineages.inMemory();
  lines.issued('token-1', record('serial-1', 100), 0);
  lines.issued('serial-1', record('serial-2', 200), 50);
  assert.deepEqual(['token-1', 'serial-2', 'other'].map((credential) => lines.of(credential)?.newest.notAfter), [200, 200, undefined]);
});

test('a restart knows the same lines, even after a crash in the middle of a line; what has ended is forgotten', () => {
  const journal = join(folder, 'issued.jsonl');
  const lines = CertificateLineages.open(journal, 0);
  lines.issued('token-1', record('serial-1', 100), 0);
  lines.issued('serial-1', record('serial-2', 200), 50);
  lines.issued('token-2', record('serial-3', 300), 60);
  assert.equal(lines.revoke('serial-3', 70), true);
  assert.equal(lines.revoke('nobody', 70), false);
  appendFileSync(journal, '{"credential":"serial-2","iss');
  const again = CertificateLineages.open(journal, 90);
  assert.deepEqual([again.of('token-1'), again.of('serial-3')], [lines.of('token-1'), lines.of('serial-3')]);
  assert.equal(again.of('token-2')?.revokedAt, 70);
  const later = CertificateLineages.open(journal, 150);
  assert.deepEqual(later.all(150).map(({ newest }) => newest.serialNumber), ['serial-2', 'serial-3']);
  assert.deepEqual(CertificateLineages.open(journal, 250).all(250).map(({ newest, revokedAt }) => [newest.serialNumber, revokedAt]), [['serial-3', 70]]);
});
