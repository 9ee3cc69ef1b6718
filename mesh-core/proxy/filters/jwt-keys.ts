import { constants, createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { JwtStatus } from './jwt-status.ts';
import type { Jwt } from './jwt-token.ts';

interface VerifyingKey {
  /** Empty = for any. */
  readonly kid: string;
  readonly alg: string;
  readonly kind: 'rsa' | 'ec' | 'okp' | 'oct';
  /** Of an elliptic curve. */
  readonly curve: string;
  readonly check: (jwt: Jwt) => JwtStatus;
}
/** The keys of an issuer, ready to verify. */
export type KeySet = readonly VerifyingKey[];

const CURVES: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };
const KIND_OF_ALG: Readonly<Record<string, VerifyingKey['kind']>> = { RS: 'rsa', PS: 'rsa', ES: 'ec', Ed: 'okp', HS: 'oct' };

/**
 * Reads a JSON Web Key Set; keys that cannot be used are left out, a text that is none gives an empty set. Never throws.
 * Sources: RFC 7517; Envoy's Jwks::createFrom.
 */
export function parseKeySet(text: string): KeySet {
  try {
    const { keys } = JSON.parse(text) as { readonly keys?: unknown };
    return Array.isArray(keys) ? keys.flatMap((key: unknown) => (typeof key === 'object' && key !== null ? (keyOf({ ...key }) ?? []) : [])) : [];
  } catch {
    return [];
  }
}

/**
 * Is the token signed by one of the keys? Keys of another id or algorithm than the token's are passed over.
 * Source: Envoy's verifySignature.
 */
export function verifySignature(jwt: Jwt, keys: KeySet): JwtStatus {
  if (keys.length === 0) return 'noValidKeys';
  const kind = KIND_OF_ALG[jwt.alg.slice(0, 2)];
  let status: JwtStatus = 'kidAlgMismatch';
  for (const key of keys) {
    if ((jwt.kid !== '' && key.kid !== '' && key.kid !== jwt.kid) || (key.alg !== '' && key.alg !== jwt.alg) || key.kind !== kind) continue;
    if (kind === 'ec' && key.curve !== CURVES[jwt.alg]) continue;
    const checked = key.check(jwt);
    if (checked === 'ok') return 'ok';
    status = checked;
  }
  return status;
}

function keyOf(jwk: Readonly<Record<string, unknown>>): VerifyingKey | undefined {
  const common = { kid: textOf(jwk['kid']), alg: textOf(jwk['alg']), curve: textOf(jwk['crv']) };
  switch (jwk['kty']) {
    case 'RSA':
      return withPublicKey(jwk, (key) => ({ ...common, kind: 'rsa', check: (jwt) => checkRsa(jwt, key) }));
    case 'EC':
      return withPublicKey(jwk, (key) => ({ ...common, kind: 'ec', check: (jwt) => checkEc(jwt, key) }));
    case 'OKP':
      return common.curve === 'Ed25519' ? withPublicKey(jwk, (key) => ({ ...common, kind: 'okp', check: (jwt) => checkEd(jwt, key) })) : undefined;
    case 'oct': {
      const secret = Buffer.from(textOf(jwk['k']), 'base64url');
      return secret.length === 0 ? undefined : { ...common, kind: 'oct', check: (jwt) => checkHmac(jwt, secret) };
    }
    default:
      return undefined;
  }
}

function withPublicKey(jwk: Readonly<Record<string, unknown>>, make: (key: KeyObject) => VerifyingKey): VerifyingKey | undefined {
  try {
    return make(createPublicKey({ key: jwk, format: 'jwk' }));
  } catch {
    // A key with missing or impossible numbers: as if it was not there.
    return undefined;
  }
}

function checkRsa({ alg, signed, signature }: Jwt, key: KeyObject): JwtStatus {
  const padding = alg.startsWith('PS') ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : { padding: constants.RSA_PKCS1_PADDING };
  return statusOf(verify(`sha${alg.slice(2)}`, Buffer.from(signed), { key, ...padding }, signature));
}

function checkEc({ alg, signed, signature }: Jwt, key: KeyObject): JwtStatus {
  return statusOf(verify(`sha${alg.slice(2)}`, Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }, signature));
}

function checkEd({ signed, signature }: Jwt, key: KeyObject): JwtStatus {
  return signature.length === 64 ? statusOf(verify(null, Buffer.from(signed), key, signature)) : 'ed25519WrongLength';
}

function checkHmac({ alg, signed, signature }: Jwt, secret: Buffer): JwtStatus {
  const expected = createHmac(`sha${alg.slice(2)}`, secret).update(signed).digest();
  return statusOf(expected.length === signature.length && timingSafeEqual(expected, signature));
}

function statusOf(verified: boolean): JwtStatus {
  return verified ? 'ok' : 'verificationFail';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
