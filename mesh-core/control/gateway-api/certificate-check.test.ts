import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { makeRoot } from '../ca/root-certificate.ts';
import { CERTIFICATE_CHECK } from './certificate-check.ts';

const { keyPairProblem, hasCertificate } = CERTIFICATE_CHECK;

test('a certificate and its key pass; what is neither is told in the words of Go', async () => {
  const [own, other] = await Promise.all([makeRoot('one', Date.UTC(2026, 0, 1)), makeRoot('two', Date.UTC(2026, 0, 1))]);
  const rsaKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  assert.equal(keyPairProblem(own.pem, own.keyPem), undefined);
  assert.equal(keyPairProblem(own.pem, other.keyPem), 'tls: private key does not match public key');
  assert.equal(keyPairProblem(own.pem, rsaKey), 'tls: private key type does not match public key type');
  assert.equal(keyPairProblem('hello', own.keyPem), 'tls: failed to find any PEM data in certificate input');
  assert.equal(keyPairProblem(own.keyPem, own.keyPem), 'tls: failed to find "CERTIFICATE" PEM block in certificate input');
  assert.equal(keyPairProblem(own.pem, 'hello'), 'tls: failed to find any PEM data in key input');
  assert.equal(keyPairProblem('-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----', own.keyPem), 'x509: malformed certificate');
  assert.equal(hasCertificate(`hello\n${own.pem}`), true);
  assert.equal(hasCertificate('-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----'), false);
});
