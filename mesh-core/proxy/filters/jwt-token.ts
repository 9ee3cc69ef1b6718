import type { JwtStatus } from './jwt-status.ts';

/** A token taken apart, its signature not yet looked at. */
export interface Jwt {
  readonly alg: string;
  /** Empty for none. */
  readonly kid: string;
  readonly issuer: string;
  readonly audiences: readonly string[];
  /** Seconds since 1970; 0 = not given. */
  readonly notBefore: number;
  readonly expires: number;
  readonly payload: Readonly<Record<string, unknown>>;
  /** As it stands in the token. */
  readonly encodedPayload: string;
  /** What is signed. */
  readonly signed: string;
  readonly signature: Buffer;
}

const ALGORITHMS: ReadonlySet<string> = new Set(['ES256', 'ES384', 'ES512', 'HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'EdDSA']);
const BASE64URL = /^[A-Za-z0-9_-]*$/;
const MAX_TOKEN_LENGTH = 16 * 1024;

/** Takes a token apart, or says what is wrong with its form. Never throws. Sources: RFC 7519; Envoy's Jwt::parseFromString. */
export function parseJwt(token: string): Jwt | JwtStatus {
  const parts = token.split('.', 4);
  const [header = '', payload = '', signature = ''] = parts;
  if (parts.length !== 3 || token.length > MAX_TOKEN_LENGTH) return 'badFormat';
  const head = parseSection(header, 'headerBadBase64', 'headerBadJson');
  if (typeof head === 'string') return head;
  const { alg, kid = '' } = head;
  if (typeof alg !== 'string') return 'headerBadAlg';
  if (!ALGORITHMS.has(alg)) return 'headerUnknownAlg';
  if (typeof kid !== 'string') return 'headerBadKid';
  const claims = parseSection(payload, 'payloadBadBase64', 'payloadBadJson');
  if (typeof claims === 'string') return claims;
  const problem = claimProblem(claims);
  if (problem !== undefined) return problem;
  if (!isBase64Url(signature)) return 'signatureBadBase64';
  const { iss, aud, nbf, exp } = claims;
  return {
    alg,
    kid,
    issuer: typeof iss === 'string' ? iss : '',
    audiences: typeof aud === 'string' ? [aud] : Array.isArray(aud) ? aud.map(String) : [],
    notBefore: typeof nbf === 'number' ? nbf : 0,
    expires: typeof exp === 'number' ? exp : 0,
    payload: claims,
    encodedPayload: payload,
    signed: `${header}.${payload}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}

/** Is the token of this time, give or take the skew? All in seconds. */
export function timeStatus(jwt: Jwt, nowSeconds: number, skewSeconds: number): JwtStatus {
  if (nowSeconds + skewSeconds < jwt.notBefore) return 'notYetValid';
  return jwt.expires !== 0 && nowSeconds > jwt.expires + skewSeconds ? 'expired' : 'ok';
}

function parseSection(text: string, badBase64: JwtStatus, badJson: JwtStatus): Readonly<Record<string, unknown>> | JwtStatus {
  if (!isBase64Url(text)) return badBase64;
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    // Safe because a value that is an object and no list has named fields.
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : badJson;
  } catch {
    return badJson;
  }
}

/** An empty section, one with padding, or one of an impossible length is none. */
function isBase64Url(text: string): boolean {
  return text !== '' && text.length % 4 !== 1 && BASE64URL.test(text);
}

function claimProblem({ iss, sub, iat, nbf, exp, jti, aud }: Readonly<Record<string, unknown>>): JwtStatus | undefined {
  if (iss !== undefined && typeof iss !== 'string') return 'issNotString';
  if (sub !== undefined && typeof sub !== 'string') return 'subNotString';
  const times = timeProblem(iat, 'iatNotInteger', 'iatOutOfRange') ?? timeProblem(nbf, 'nbfNotInteger', 'nbfOutOfRange') ?? timeProblem(exp, 'expNotInteger', 'expOutOfRange');
  if (times !== undefined) return times;
  if (jti !== undefined && typeof jti !== 'string') return 'jtiNotString';
  const isText = aud === undefined || typeof aud === 'string' || (Array.isArray(aud) && aud.every((item) => typeof item === 'string'));
  return isText ? undefined : 'audNotString';
}

function timeProblem(value: unknown, notInteger: JwtStatus, outOfRange: JwtStatus): JwtStatus | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number') return notInteger;
  return value >= 0 && value < 2 ** 63 ? undefined : outOfRange;
}
