import assert from 'node:assert/strict';
import { constants, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { parseKeySet, verifySignature } from './jwt-keys.ts';
import { parseJwt } from './jwt-token.ts';
import type { Jwt } from './jwt-token.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pairs = { p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }), p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }), p521: generateKeyPairSync('ec', { namedCurve: 'P-521' }), ed: generateKeyPairSync('ed25519') };
const secret = Buffer.from('a secret of some length');
const keySet = JSON.stringify({ keys: [rsa.publicKey, pairs.p256.publicKey, pairs.p384.publicKey, pairs.p521.publicKey, pairs.ed.publicKey].map((key) => key.export({ format: 'jwk' })).concat([{ kty: 'oct', k: secret.toString('base64url') }]) });
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };

function signed(alg: string, make: (text: Buffer) => Buffer, header: Readonly<Record<string, unknown>> = {}): Jwt {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${encode({ alg, ...header })}.${encode({ iss: 'i' })}`;
  const jwt = parseJwt(`${text}.${make(Buffer.from(text)).toString('base64url')}`);
  assert.ok(typeof jwt !== 'string', String(jwt));
  return jwt;
}
const ecdsa = (hash: string, key: KeyObject) => (text: Buffer): Buffer => sign(hash, text, { key, dsaEncoding: 'ieee-p1363' });

const ALGORITHMS: readonly (readonly [string, (text: Buffer) => Buffer])[] = [
  ['RS256', (text) => sign('sha256', text, rsa.privateKey)],
  ['RS384', (text) => sign('sha384', text, rsa.privateKey)],
  ['RS512', (text) => sign('sha512', text, rsa.privateKey)],
  ['PS256', (text) => sign('sha256', text, { key: rsa.privateKey, ...pss })],
  ['PS512', (text) => sign('sha512', text, { key: rsa.privateKey, ...pss })],
  ['ES256', ecdsa('sha256', pairs.p256.privateKey)],
  ['ES384', ecdsa('sha384', pairs.p384.privateKey)],
  ['ES512', ecdsa('sha512', pairs.p521.privateKey)],
  ['EdDSA', (text) => sign(null, text, pairs.ed.privateKey)],
  ['HS256', (text) => createHmac('sha256', secret).update(text).digest()],
];
for (const [alg, make] of ALGORITHMS) {
  test(`${alg} is verified, and a changed signature refused`, () => {
    const keys = parseKeySet(keySet);
    const jwt = signed(alg, make);
    assert.equal(verifySignature(jwt, keys), 'ok');
    const changed = Buffer.from(jwt.signature);
    changed[3] = (changed[3] ?? 0) ^ 1;
    assert.equal(verifySignature({ ...jwt, signature: changed }, keys), 'verificationFail');
    assert.equal(verifySignature({ ...jwt, signed: `${jwt.signed}x` }, keys), 'verificationFail');
  });
}

test('a public key is never taken as the secret of an HMAC', () => {
  const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
  const keys = parseKeySet(JSON.stringify({ keys: [rsa.publicKey.export({ format: 'jwk' })] }));
  assert.equal(verifySignature(signed('HS256', (text) => createHmac('sha256', pem).update(text).digest()), keys), 'kidAlgMismatch');
});

test('keys are chosen by their id and algorithm', () => {
  const keys = parseKeySet(JSON.stringify({ keys: [{ ...rsa.publicKey.export({ format: 'jwk' }), kid: 'a', alg: 'RS256' }] }));
  const make = (text: Buffer): Buffer => sign('sha256', text, rsa.privateKey);
  assert.equal(verifySignature(signed('RS256', make, { kid: 'a' }), keys), 'ok');
  assert.equal(verifySignature(signed('RS256', make, { kid: 'b' }), keys), 'kidAlgMismatch');
  assert.equal(verifySignature(signed('RS384', make, { kid: 'a' }), keys), 'kidAlgMismatch');
  assert.equal(verifySignature(signed('RS256', make), []), 'noValidKeys');
});

test('whatever comes as a key set, reading it gives a list', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.array(fc.record({ kty: fc.constantFrom('RSA', 'EC', 'OKP', 'oct', 'x'), n: fc.base64String(), e: fc.base64String(), x: fc.base64String(), y: fc.base64String(), crv: fc.constantFrom('P-256', 'Ed25519', 'x'), k: fc.string() })).map((keys) => JSON.stringify({ keys }))), (text) => {
      assert.ok(Array.isArray(parseKeySet(text)));
    }),
    { numRuns: 1000, interruptAfterTimeLimit: 1000 },
  );
});
