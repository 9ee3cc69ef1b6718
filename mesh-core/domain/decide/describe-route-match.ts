import type { HeaderMatcher, MetadataMatcher, QueryParameterMatcher, RouteMatch, StringMatcher, ValueMatcher } from '../envoy/resources.ts';
import type { RouteMismatch } from './match-route.ts';
import { matchesHeader, matchesQueryParameter } from './match-value.ts';
import { headerValue, pathWithoutQuery, queryParameter } from './request-head.ts';
import type { RequestHead } from './request-head.ts';

/** A condition that a request fails, with what the request has in its place. */
export interface FailedCondition {
  /** `path begins with /v2` */
  readonly wanted: string;
  /** Absent: the request has no such header, parameter or claim. */
  readonly was?: string;
}

const PSEUDO_HEADERS: Readonly<Record<string, string>> = { ':method': 'method', ':authority': 'host', ':scheme': 'scheme', ':path': 'path' };

/** The conditions of a route in words, in the order in which they are looked at; none for a route that takes everything. */
export function describeRouteMatch(match: RouteMatch): string[] {
  const path = describePath(match);
  return [...(path === undefined ? [] : [path]), ...(match.headers ?? []).map(describeHeader), ...(match.queryParameters ?? []).map(describeQuery), ...(match.dynamicMetadata ?? []).map(describeClaim)];
}

/** The condition behind a mismatch that `explainRoutes` found for this route and request. */
export function failedCondition(match: RouteMatch, mismatch: RouteMismatch, request: RequestHead): FailedCondition {
  switch (mismatch.kind) {
    case 'path':
      return { wanted: describePath(match) ?? 'path begins with /', was: pathWithoutQuery(request.path) };
    case 'query': {
      const value = queryParameter(request.path, mismatch.name);
      const failing = match.queryParameters?.find((matcher) => matcher.name === mismatch.name && !matchesQueryParameter(matcher, value));
      return { wanted: failing === undefined ? `query parameter ${mismatch.name}` : describeQuery(failing), ...(value === undefined ? undefined : { was: value }) };
    }
    case 'header': {
      const value = headerValue(request, mismatch.name);
      const failing = match.headers?.find((matcher) => matcher.name === mismatch.name && !matchesHeader(matcher, value));
      const claim = match.dynamicMetadata?.find(({ path }) => `@${path.map(({ key }) => key).join('.')}` === mismatch.name);
      const wanted = failing !== undefined ? describeHeader(failing) : claim !== undefined ? describeClaim(claim) : `header ${mismatch.name}`;
      return { wanted, ...(value === undefined ? undefined : { was: value }) };
    }
  }
}

function describePath(match: RouteMatch): string | undefined {
  const anyCase = match.caseSensitive === false ? ' in any case' : '';
  if (match.connectMatcher !== undefined) return 'method is CONNECT';
  if (match.path !== undefined) return `path is ${match.path}${anyCase}`;
  if (match.safeRegex !== undefined) return `path matches ${match.safeRegex.regex}`;
  if (match.pathSeparatedPrefix !== undefined) return `path is ${match.pathSeparatedPrefix} or below it${anyCase}`;
  return match.prefix === undefined || match.prefix === '/' || match.prefix === '' ? undefined : `path begins with ${match.prefix}${anyCase}`;
}

function describeHeader({ name, stringMatch, presentMatch, invertMatch = false }: HeaderMatcher): string {
  const subject = PSEUDO_HEADERS[name] ?? `header ${name}`;
  if (stringMatch !== undefined) return `${subject} ${describeString(stringMatch, invertMatch)}`;
  return `${subject} is ${(presentMatch ?? true) === invertMatch ? 'not there' : 'there'}`;
}

function describeQuery({ name, stringMatch, presentMatch }: QueryParameterMatcher): string {
  if (stringMatch !== undefined) return `query parameter ${name} ${describeString(stringMatch, false)}`;
  return `query parameter ${name} is ${presentMatch === false ? 'not there' : 'there'}`;
}

function describeClaim(matcher: MetadataMatcher): string {
  const value = firstString(matcher.value);
  return `claim ${claimName(matcher)} ${value === undefined ? (matcher.invert === true ? 'is not there' : 'is there') : describeString(value, matcher.invert === true)}`;
}

/** The filter keeps all claims under one key, which is no claim. */
function claimName({ path }: MetadataMatcher): string {
  return path.slice(1).map(({ key }) => key).join('.');
}

function firstString({ stringMatch, listMatch, orMatch }: ValueMatcher): StringMatcher | undefined {
  return stringMatch ?? (listMatch === undefined ? orMatch?.valueMatchers.map(firstString).find((found) => found !== undefined) : firstString(listMatch.oneOf));
}

function describeString({ exact, prefix, suffix, contains, safeRegex, ignoreCase }: StringMatcher, inverted: boolean): string {
  const anyCase = ignoreCase === true ? ' in any case' : '';
  if (safeRegex !== undefined) return `${inverted ? 'does not match' : 'matches'} ${safeRegex.regex}`;
  if (prefix !== undefined) return `${inverted ? 'does not begin' : 'begins'} with ${quoted(prefix)}${anyCase}`;
  if (suffix !== undefined) return `${inverted ? 'does not end' : 'ends'} with ${quoted(suffix)}${anyCase}`;
  if (contains !== undefined) return `${inverted ? 'does not contain' : 'contains'} ${quoted(contains)}${anyCase}`;
  return `is ${inverted ? 'not ' : ''}${quoted(exact ?? '')}${anyCase}`;
}

/** Words stand for themselves; what could be misread is quoted. */
function quoted(text: string): string {
  return /^[^\s"]+$/.test(text) ? text : JSON.stringify(text);
}
