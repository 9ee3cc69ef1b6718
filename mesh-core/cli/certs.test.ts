import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateStates, HeldCertificate } from '#mesh-core/wire/xds/certificate-state.ts';
import { certificatesOf, formatCertificates } from './certs.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const inHours = (hours: number): string => new Date(NOW + hours * 3_600_000).toISOString();
const held = (account: string, serialNumber: string, more: Partial<HeldCertificate> = {}): HeldCertificate => ({ spiffeId: `spiffe://cluster.local/ns/shop/sa/${account}`, proxies: [`sidecar~127.0.0.1~${account}-v1-1.shop~shop.svc.cluster.local`], serialNumber, notBefore: inHours(0), notAfter: inHours(24), root: 'ab'.repeat(32), nextRotation: inHours(12), ...more });
const root = { fingerprint: 'ab'.repeat(32), subject: 'O=cluster.local', notBefore: inHours(0), notAfter: inHours(24 * 3650), signs: true };
const states: CertificateStates = { stage: 'stable', rotation: '', waitingFor: [], roots: [root], certificates: [held('web', '2'), held('api', '1', { revokedAt: inHours(0), proxies: [] })] };

test('the table tells the roots and who holds what until when', () => {
  assert.equal(
    formatCertificates(states, NOW),
    [
      'ROOT              SUBJECT          ROLE   ENDS IN',
      'abababababababab  O=cluster.local  signs  3650d',
      '',
      'IDENTITY                               PROXIES        SERIAL  ENDS IN  ROOT              RENEWED',
      'spiffe://cluster.local/ns/shop/sa/api  -              1       24h      abababababababab  REVOKED',
      'spiffe://cluster.local/ns/shop/sa/web  web-v1-1.shop  2       24h      abababababababab  in 12h',
    ].join('\n'),
  );
});
test('while the root is replaced it says what for it waits', () => {
  assert.match(formatCertificates({ ...states, stage: 'signing', waitingFor: ['x to renew'] }, NOW), /being replaced \(signing\)\.\n {2}waits for x to renew\n/);
});
test('a workload is meant by its identity, account, serial number or proxy', () => {
  for (const whom of ['spiffe://cluster.local/ns/shop/sa/web', 'shop/web', '2', 'web-v1-1.shop']) assert.deepEqual(certificatesOf(states.certificates, whom).map(({ serialNumber }) => serialNumber), ['2'], whom);
  assert.deepEqual(certificatesOf(states.certificates, 'web'), []);
});
