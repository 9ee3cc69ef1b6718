import type { HeaderMatcher, MetadataMatcher, QueryParameterMatcher, RouteMatch, StringMatcher } from '../envoy/resources.ts';
import type { HTTPMatchRequest, StringMatch } from '../resources/networking.ts';
import { compareText } from './config-order.ts';

/** Matches every request. */
export const CATCH_ALL: RouteMatch = { prefix: '/' };

/** Where claims of a verified token stand: `@request.auth.claims.group.id`, `@request.auth.claims[group][id]`. */
const CLAIM_HEADER = '@request.auth.claims';

/**
 * One entry of a VirtualService's `match[]` as Envoy's conditions, all of which must hold. With `semantics` (Gateway API,
 * Ingress) a prefix ends at a slash. Source: istiod's TranslateRouteMatch.
 */
export function translateMatch(match: HTTPMatchRequest | undefined, semantics?: 'gateway' | 'ingress'): RouteMatch {
  if (match === undefined) return CATCH_ALL;
  const present = Object.entries(match.headers ?? {});
  const absent = Object.entries(match.withoutHeaders ?? {});
  const named = [
    ...present.filter(([name]) => claimsOf(name) === undefined).map(([name, value]) => headerMatcher(name, value)),
    ...absent.filter(([name]) => claimsOf(name) === undefined).map(([name, value]) => absenceMatcher(name, value)),
  ].sort((a, b) => compareText(a.name, b.name));
  const dynamicMetadata = [
    ...present.flatMap(([name, value]) => claimMatcher(name, value) ?? []),
    ...absent.flatMap(([name, value]) => {
      const matcher = claimMatcher(name, value);
      return matcher === undefined ? [] : [{ ...matcher, invert: true }];
    }),
  ];
  const headers = [
    ...named,
    ...(match.method === undefined ? [] : [headerMatcher(':method', match.method)]),
    ...(match.authority === undefined ? [] : [headerMatcher(':authority', match.authority)]),
    ...(match.scheme === undefined ? [] : [headerMatcher(':scheme', match.scheme)]),
  ];
  const queryParameters = Object.entries(match.queryParams ?? {}).map(([name, value]) => queryMatcher(name, value));
  return {
    ...pathMatch(match.uri, semantics !== undefined),
    caseSensitive: match.ignoreUriCase !== true,
    ...(headers.length === 0 ? undefined : { headers }),
    ...(queryParameters.length === 0 ? undefined : { queryParameters }),
    ...(dynamicMetadata.length === 0 ? undefined : { dynamicMetadata }),
  };
}

/** Does a match take every request? Routes after it can never be reached. Source: istiod's IsCatchAllRoute. */
export function isCatchAll(match: RouteMatch): boolean {
  const anyPath = match.prefix === '/' || match.pathSeparatedPrefix === '/' || match.safeRegex?.regex === '.*';
  return anyPath && (match.headers?.length ?? 0) === 0 && (match.queryParameters?.length ?? 0) === 0 && (match.dynamicMetadata?.length ?? 0) === 0;
}

/** A value condition; undefined when it has none. */
export function stringMatcher(match: StringMatch): StringMatcher | undefined {
  if (match.exact !== undefined) return { exact: match.exact };
  if (match.prefix !== undefined) return { prefix: match.prefix };
  return match.regex === undefined ? undefined : { safeRegex: { regex: match.regex } };
}

/** `{}` and the regex `*`, which RE2 would refuse, ask for presence only. */
function asksForPresence(match: StringMatch): boolean {
  return match.regex === '*' || stringMatcher(match) === undefined;
}

function headerMatcher(name: string, match: StringMatch): HeaderMatcher {
  const stringMatch = stringMatcher(match);
  return asksForPresence(match) || stringMatch === undefined ? { name, presentMatch: true } : { name, stringMatch };
}

/** A missing header counts as empty, except where its absence is the question. */
function absenceMatcher(name: string, match: StringMatch): HeaderMatcher {
  const matcher = { ...headerMatcher(name, match), invertMatch: true };
  return asksForPresence(match) ? matcher : { ...matcher, treatMissingHeaderAsEmpty: true };
}

function queryMatcher(name: string, match: StringMatch): QueryParameterMatcher {
  const stringMatch = stringMatcher(match);
  return asksForPresence(match) || stringMatch === undefined ? { name, presentMatch: true } : { name, stringMatch };
}

function pathMatch(uri: StringMatch | undefined, isSeparated: boolean): RouteMatch {
  if (uri?.exact !== undefined) return { path: uri.exact };
  if (uri?.prefix !== undefined) return isSeparated && uri.prefix !== '/' ? { pathSeparatedPrefix: uri.prefix.replace(/\/$/, '') } : { prefix: uri.prefix };
  return uri?.regex === undefined ? CATCH_ALL : { safeRegex: { regex: uri.regex } };
}

/** The path to a claim; undefined for another header. */
function claimsOf(name: string): string[] | undefined {
  if (!name.toLowerCase().startsWith(CLAIM_HEADER)) return undefined;
  const rest = name.slice(CLAIM_HEADER.length);
  if (rest.startsWith('.') && rest.length > 1) return rest.slice(1).split('.');
  return rest.startsWith('[') && rest.endsWith(']') && rest.length > 2 ? rest.slice(1, -1).split('][') : undefined;
}

/** A claim is a text or a list with that text in it. */
function claimMatcher(name: string, match: StringMatch): MetadataMatcher | undefined {
  const claims = claimsOf(name);
  const stringMatch = stringMatcher(match);
  if (claims === undefined || stringMatch === undefined) return undefined;
  return { filter: 'envoy.filters.http.jwt_authn', path: ['payload', ...claims].map((key) => ({ key })), value: { orMatch: { valueMatchers: [{ listMatch: { oneOf: { stringMatch } } }, { stringMatch }] } } };
}
