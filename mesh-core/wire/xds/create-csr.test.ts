import 'reflect-metadata';
import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { Pkcs10CertificateRequest } from '@peculiar/x509';
import { createCsr } from './create-csr.ts';

test('a CSR is a PKCS#10 request of nobody, with the public half of the key it comes with, signed by that key', async () => {
  const { keyPem, csrPem } = await createCsr();
  const request = new Pkcs10CertificateRequest(csrPem);
  assert.equal(await request.verify(), true);
  assert.equal(request.subject, '');
  assert.equal(request.attributes.length, 0);
  assert.deepEqual(request.signatureAlgorithm, { name: 'ECDSA', hash: { name: 'SHA-256' } });
  const publicKey = createPublicKey(createPrivateKey(keyPem)).export({ type: 'spki', format: 'der' });
  assert.deepEqual(Buffer.from(request.publicKey.rawData), publicKey);
});

test('each CSR has a key of its own', async () => {
  const [first, second] = await Promise.all([createCsr(), createCsr()]);
  assert.notEqual(first.keyPem, second.keyPem);
});
