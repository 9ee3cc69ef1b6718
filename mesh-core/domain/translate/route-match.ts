import type { HeaderMatcher, QueryParameterMatcher, RouteMatch, StringMatcher } from '../envoy/resources.ts';
import type { HTTPMatchRequest, StringMatch } from '../resources/networking.ts';
import { compareText } from './config-order.ts';

/** Matches every request. */
export const CATCH_ALL: RouteMatch = { prefix: '/' };

/**
 * One entry of a VirtualService's `match[]` as Envoy's conditions, all of which must hold.
 * Source: istiod's TranslateRouteMatch.
 */
export function translateMatch(match: HTTPMatchRequest | undefined): RouteMatch {
  if (match === undefined) return CATCH_ALL;
  const named = [
    ...Object.entries(match.headers ?? {}).map(([name, value]) => headerMatcher(name, value)),
    ...Object.entries(match.withoutHeaders ?? {}).map(([name, value]) => absenceMatcher(name, value)),
  ].sort((a, b) => compareText(a.name, b.name));
  const headers = [
    ...named,
    ...(match.method === undefined ? [] : [headerMatcher(':method', match.method)]),
    ...(match.authority === undefined ? [] : [headerMatcher(':authority', match.authority)]),
    ...(match.scheme === undefined ? [] : [headerMatcher(':scheme', match.scheme)]),
  ];
  const queryParameters = Object.entries(match.queryParams ?? {}).map(([name, value]) => queryMatcher(name, value));
  return {
    ...pathMatch(match.uri),
    caseSensitive: match.ignoreUriCase !== true,
    ...(headers.length === 0 ? undefined : { headers }),
    ...(queryParameters.length === 0 ? undefined : { queryParameters }),
  };
}

/** Does a match take every request? Routes after it can never be reached. Source: istiod's IsCatchAllRoute. */
export function isCatchAll(match: RouteMatch): boolean {
  const anyPath = match.prefix === '/' || match.pathSeparatedPrefix === '/' || match.safeRegex?.regex === '.*';
  return anyPath && (match.headers?.length ?? 0) === 0 && (match.queryParameters?.length ?? 0) === 0;
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

function pathMatch(uri: StringMatch | undefined): RouteMatch {
  if (uri?.exact !== undefined) return { path: uri.exact };
  if (uri?.prefix !== undefined) return { prefix: uri.prefix };
  return uri?.regex === undefined ? CATCH_ALL : { safeRegex: { regex: uri.regex } };
}
