import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createTestAuthority } from '../testing/test-authority.ts';
import { certsPage, daysUntil } from './certs-page.ts';

test('certificates are described as Envoy does, and keys are not among them', async () => {
  const authority = await createTestAuthority();
  const { certPem } = await authority.issue([{ type: 'url', value: 'spiffe://cluster.local/ns/shop/sa/web' }, { type: 'dns', value: 'web.shop' }]);
  const certificate = new X509Certificate(certPem);
  const expiration = Date.parse(certificate.validTo);
  const page = certsPage({ certChainPem: certPem, rootPem: `${authority.rootPem}\n${authority.rootPem}` }, expiration - 3 * 86_400_000);
  const [{ ca_cert, cert_chain }] = page.certificates as [{ ca_cert: object[]; cert_chain: object[] }];
  assert.deepEqual([ca_cert.length, cert_chain.length], [2, 2], 'the chain ends with the root');
  assert.deepEqual(cert_chain[0], {
    path: '<inline>',
    serial_number: certificate.serialNumber.toLowerCase(),
    subject_alt_names: [{ uri: 'spiffe://cluster.local/ns/shop/sa/web' }, { dns: 'web.shop' }],
    days_until_expiration: '3',
    valid_from: new Date(certificate.validFrom).toISOString(),
    expiration_time: new Date(expiration).toISOString(),
  });
});

test('days are whole, and none are left of what is over', () => {
  assert.deepEqual([daysUntil(86_400_000 * 2 - 1, 0), daysUntil(5, 10)], [1, 0]);
});
