import type { JwtAuthnFilter, JwtProvider } from '../envoy/security-filters.ts';
import { JWT_AUTHN } from '../envoy/security-filters.ts';
import { queryParameter } from './request-head.ts';
import type { HeaderMap } from './request-head.ts';

/** What RequestAuthentication makes of a request's token. Its signature is not checked: it counts as good. */
export interface SimulatedToken {
  /** Whose tokens are taken. */
  readonly issuers: readonly string[];
  /** `none`: passes, without claims. `unknown-issuer`, `unreadable`: refused with 401. */
  readonly token: 'none' | 'accepted-if-signed' | 'unknown-issuer' | 'unreadable';
  /** The issuer that the token names. */
  readonly issuer?: string;
}
/** The same with what the token tells the filters behind: dynamic metadata, as the JWT filter notes it. */
export interface TokenOutcome {
  readonly token: SimulatedToken;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

interface Arrived {
  readonly path: string;
  readonly headers: HeaderMap;
}

/** Finds the token of a request where the filter's providers look for it, and says whose it is. */
export function simulateToken({ providers }: JwtAuthnFilter, request: Arrived): TokenOutcome {
  const all = Object.values(providers);
  const issuers = all.map(({ issuer = '' }) => issuer);
  const text = all.map((provider) => tokenFor(provider, request)).find((found) => found !== undefined);
  if (text === undefined) return { token: { issuers, token: 'none' } };
  const payload = payloadOf(text);
  if (payload === undefined) return { token: { issuers, token: 'unreadable' } };
  const issuer = typeof payload['iss'] === 'string' ? payload['iss'] : '';
  const provider = all.find((candidate) => candidate.issuer === issuer) ?? all.find((candidate) => (candidate.issuer ?? '') === '');
  if (provider === undefined) return { token: { issuers, token: 'unknown-issuer', issuer } };
  return { token: { issuers, token: 'accepted-if-signed', issuer }, metadata: { [JWT_AUTHN]: { [provider.payloadInMetadata ?? 'payload']: withScopes(payload, provider.normalizePayloadInMetadata?.spaceDelimitedClaims ?? []) } } };
}

function tokenFor({ fromHeaders = [], fromParams = [], fromCookies = [] }: JwtProvider, { path, headers }: Arrived): string | undefined {
  const isDefault = fromHeaders.length + fromParams.length + fromCookies.length === 0;
  for (const { name, valuePrefix = '' } of isDefault ? [{ name: 'authorization', valuePrefix: 'Bearer ' }] : fromHeaders) {
    const value = [headers[name.toLowerCase()] ?? []].flat().find((candidate) => candidate.includes(valuePrefix));
    if (value !== undefined) return value.slice(value.indexOf(valuePrefix) + valuePrefix.length).trim();
  }
  for (const name of isDefault ? ['access_token'] : fromParams) {
    const value = queryParameter(path, name);
    if (value !== undefined) return value;
  }
  const cookies = [headers['cookie'] ?? []].flat().join(';').split(';').map((cookie) => cookie.trim());
  return fromCookies.flatMap((name) => cookies.filter((cookie) => cookie.startsWith(`${name}=`)).map((cookie) => cookie.slice(name.length + 1)))[0];
}

/** The claims; undefined for what is no JWT. */
function payloadOf(token: string): Readonly<Record<string, unknown>> | undefined {
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined) return undefined;
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.codePointAt(0) ?? 0);
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === 'object' && claims !== null && !Array.isArray(claims) ? Object.fromEntries(Object.entries(claims)) : undefined;
  } catch {
    // Not base64, or not JSON.
    return undefined;
  }
}

/** Claims that list words in one text are matched word by word. */
function withScopes(payload: Readonly<Record<string, unknown>>, claims: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, claims.includes(name) && typeof value === 'string' ? value.split(' ') : value]));
}
