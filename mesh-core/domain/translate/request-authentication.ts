import { SECURITY_TYPE_URLS } from '../envoy/security-filters.ts';
import type { JwtAuthnFilter, JwtProvider, JwtRequirement } from '../envoy/security-filters.ts';
import type { JwtRule, RequestAuthentication } from '../resources/security.ts';
import { protoDuration } from './proto-duration.ts';

/** Key sets that were fetched, by `jwksKey` of the rule. */
export type FetchedKeys = ReadonlyMap<string, string>;

export interface RequestAuthenticationOptions {
  /** A rule whose keys are not there (yet) gets keys that nobody can sign with: its tokens are refused. */
  readonly keys?: FetchedKeys;
  /** Claims decide routes (gateways): a route is chosen again once they are known. */
  readonly routesByClaims?: boolean;
}

/** Under this name the claims of a verified token stand in the metadata. */
const PAYLOAD = 'payload';
const DEFAULT_TIMEOUT = '5s';
/** A public key whose private half was thrown away. */
const NOBODYS_KEYS =
  '{"keys":[{"kty":"RSA","e":"AQAB","n":"z1VwX4eKtHQ6J2wSOnBZT-xfPwjECfkAy_bi6qZ5InGnughq4m0f61azXnqUKn9SA2EC_V94XEocuYQg5axJVEjNfoWSdj0VopFahs-h0acGy8W0n5ZBneqssp_skv4KxMpaNxUABvLJ11o1-oKUdd1msIPeMxOPlwhOVL_PKEGEs6vCt_wlyBGS24kr_bWEGC3QGIrYpqUiZNAjU3257rmBn0jFajsXmQVtQkCZgP--E2zH22JUjHFJoUYqyQXGy-VqtLBXbeVkTJ1N1M0bmYFQkcmJQIJqaMavGrg405w5pCqD9KiKxwA2b1PQx9WEbccaZG0qsSQD6JgbKydQyw"}]}';

/** What identifies the key set of a rule without inline keys: where it is, or the issuer whose discovery document says so. */
export function jwksKey(rule: JwtRule): string | undefined {
  if (rule.jwks !== undefined && rule.jwks !== '') return undefined;
  return rule.jwksUri !== undefined && rule.jwksUri !== '' ? rule.jwksUri : rule.issuer === undefined || rule.issuer === '' ? undefined : `issuer:${rule.issuer}`;
}

/**
 * The filter that verifies tokens as a workload's policies ask; undefined without rules. A request without a token passes, one
 * with a bad token does not. With several issuers a token of any one of them is enough, since they may share a place in the request.
 * Source: istiod pilot/pkg/security/authn/policy_applier.go.
 */
export function jwtFilter(policies: readonly RequestAuthentication[], { keys, routesByClaims = false }: RequestAuthenticationOptions = {}): JwtAuthnFilter | undefined {
  const rules = policies.flatMap(({ spec }) => spec?.jwtRules ?? []).sort(byIssuer);
  if (rules.length === 0) return undefined;
  const named = rules.map((rule, index) => [`origins-${index}`, providerOf(rule, keys, routesByClaims)] as const);
  const orMissing = named.map(([providerName]): JwtRequirement => ({ requiresAny: { requirements: [{ providerName }, { allowMissing: {} }] } }));
  const [only] = orMissing;
  const requires: JwtRequirement = orMissing.length === 1 && only !== undefined ? only : { requiresAny: { requirements: [...named.map(([providerName]) => ({ providerName })), { requiresAll: { requirements: orMissing } }] } };
  return { '@type': SECURITY_TYPE_URLS.jwtAuthn, providers: Object.fromEntries(named), rules: [{ match: { prefix: '/' }, requires }], bypassCorsPreflight: true };
}

function byIssuer(a: JwtRule, b: JwtRule): number {
  const [one, other] = [a.issuer ?? '', b.issuer ?? ''];
  return one < other ? -1 : one > other ? 1 : 0;
}

function providerOf(rule: JwtRule, keys: FetchedKeys | undefined, clearRouteCache: boolean): JwtProvider {
  const key = jwksKey(rule);
  const inlineString = key === undefined ? (rule.jwks ?? NOBODYS_KEYS) : (keys?.get(key) ?? NOBODYS_KEYS);
  const claimToHeaders = (rule.outputClaimToHeaders ?? []).map(({ header = '', claim = '' }) => ({ headerName: header, claimName: claim }));
  return {
    ...(rule.issuer === undefined ? undefined : { issuer: rule.issuer }),
    ...list('audiences', rule.audiences),
    localJwks: { inlineString },
    ...(rule.forwardOriginalToken === true ? { forward: true } : undefined),
    ...list('fromHeaders', rule.fromHeaders?.map(({ name, prefix }) => ({ name, ...(prefix === undefined ? undefined : { valuePrefix: prefix }) }))),
    ...list('fromParams', rule.fromParams),
    ...list('fromCookies', rule.fromCookies),
    ...(rule.outputPayloadToHeader === undefined || rule.outputPayloadToHeader === '' ? undefined : { forwardPayloadHeader: rule.outputPayloadToHeader }),
    payloadInMetadata: PAYLOAD,
    normalizePayloadInMetadata: { spaceDelimitedClaims: [...new Set(['permission', 'scope', ...(rule.spaceDelimitedClaims ?? [])])].sort() },
    ...list('claimToHeaders', claimToHeaders),
    ...(clearRouteCache ? { clearRouteCache: true } : undefined),
  };
}

/** How long fetching the keys of a rule may take, as proto3 JSON. */
export function jwksTimeout(rule: JwtRule): string {
  return protoDuration(rule.timeout) ?? DEFAULT_TIMEOUT;
}

/** A list field, left out when empty as on the wire. */
function list<Field extends string, Item>(field: Field, items: readonly Item[] | undefined): { readonly [name in Field]?: readonly Item[] } {
  // Safe because the only key is the field's name.
  return (items === undefined || items.length === 0 ? {} : { [field]: items }) as { readonly [name in Field]?: readonly Item[] };
}
