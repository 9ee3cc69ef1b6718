import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import { writeSecretFile } from './secret-file.ts';

const JOIN_TOKEN_AUDIENCE = 'istio-ca';
const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const LIFE_SECONDS = 24 * 3600;
const SUBJECT = /^system:serviceaccount:([a-z0-9-]+):([a-z0-9-]+)$/;

export type TokenResult = { readonly ok: true; readonly namespace: string; readonly serviceAccount: string; readonly id: string } | { readonly ok: false; readonly reason: string };

/**
 * Tokens by which a workload first proves who it is: JWTs with the claims of a Kubernetes service account token (RFC 7519, ES256),
 * for the audience `istio-ca`. The key is kept, so tokens outlive a restart.
 */
export class JoinTokens {
  readonly #key: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #clock: Clock;

  private constructor(key: KeyObject, clock: Clock) {
    this.#key = key;
    this.#publicKey = createPublicKey(key);
    this.#clock = clock;
  }

  /** Reads the signing key from `keyFile`, or makes it (mode 0600). Throws when the file holds no such key or cannot be written. */
  static open(keyFile: string, clock: Clock): JoinTokens {
    if (existsSync(keyFile)) {
      const key = createPrivateKey(readFileSync(keyFile, 'utf8'));
      if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error(`${keyFile} does not hold an ECDSA P-256 key; delete it to make a new one (workloads then join with new tokens).`);
      return new JoinTokens(key, clock);
    }
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeSecretFile(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    return new JoinTokens(privateKey, clock);
  }

  /** A token for one service account: for joining the mesh unless other audiences are named, good for 24 h unless less is asked for. */
  async issue(namespace: string, serviceAccount: string, audiences: readonly string[] = [JOIN_TOKEN_AUDIENCE], seconds = LIFE_SECONDS): Promise<string> {
    const now = Math.floor(this.#clock.now() / 1000);
    return new SignJWT({ 'kubernetes.io': { namespace, serviceaccount: { name: serviceAccount } } })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
      .setIssuer(ISSUER)
      .setSubject(`system:serviceaccount:${namespace}:${serviceAccount}`)
      .setAudience([...audiences])
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + Math.min(seconds, LIFE_SECONDS))
      .setJti(randomUUID())
      .sign(this.#key);
  }

  /** Whose token it is, or why it is not accepted for `audience`. */
  async verify(token: string, audience: string = JOIN_TOKEN_AUDIENCE): Promise<TokenResult> {
    try {
      const { payload } = await jwtVerify(token, this.#publicKey, { algorithms: ['ES256'], issuer: ISSUER, audience, requiredClaims: ['exp', 'sub', 'jti'], currentDate: new Date(this.#clock.now()) });
      const match = SUBJECT.exec(payload.sub ?? '');
      if (match === null) return { ok: false, reason: 'The join token is not of a service account.' };
      return { ok: true, namespace: match[1] ?? '', serviceAccount: match[2] ?? '', id: payload.jti ?? '' };
    } catch (error) {
      if (error instanceof errors.JWTExpired) return { ok: false, reason: 'The join token has expired; ask for a new one.' };
      if (error instanceof errors.JOSEError) return { ok: false, reason: 'The join token was not issued by this mesh for joining it.' };
      throw error;
    }
  }
}
