import type { MetadataMatcher, Route, RouteMatch, VirtualHost } from '../envoy/resources.ts';
import { compileMetadata } from './compile-rbac.ts';
import { compileRegex } from './compile-regex.ts';
import { matchesHeader, matchesQueryParameter } from './match-value.ts';
import { headerValue, pathWithoutQuery, queryParameter } from './request-head.ts';
import type { RequestHead } from './request-head.ts';

/** Why a route does not take a request: the first condition that fails, in the order they are looked at. */
export type RouteMismatch = { readonly kind: 'path' } | { readonly kind: 'header'; readonly name: string } | { readonly kind: 'query'; readonly name: string };

export type RouteDecision =
  | { readonly kind: 'match'; readonly route: Route; readonly index: number }
  | { readonly kind: 'none'; readonly reason: 'no-route' };

const NO_ROUTE: RouteDecision = { kind: 'none', reason: 'no-route' };
const PATH_MISMATCH: RouteMismatch = { kind: 'path' };

/** The first route of the virtual host whose conditions all hold. Source: envoy.config.route.v3.VirtualHost.routes. */
export function matchRoute(virtualHost: VirtualHost, request: RequestHead): RouteDecision {
  const path = pathWithoutQuery(request.path);
  for (const [index, route] of virtualHost.routes.entries()) {
    if (findMismatch(route.match, request, path) === undefined) return { kind: 'match', route, index };
  }
  return NO_ROUTE;
}

/** For each route up to and with the one that matches: why it was passed over, or undefined for the match. */
export function explainRoutes(virtualHost: VirtualHost, request: RequestHead): { readonly route: Route; readonly mismatch: RouteMismatch | undefined }[] {
  const path = pathWithoutQuery(request.path);
  const explained: { route: Route; mismatch: RouteMismatch | undefined }[] = [];
  for (const route of virtualHost.routes) {
    const mismatch = findMismatch(route.match, request, path);
    explained.push({ route, mismatch });
    if (mismatch === undefined) break;
  }
  return explained;
}

/** The first condition of a match that a request fails; undefined when all hold. `path` is without query. */
function findMismatch(match: RouteMatch, request: RequestHead, path: string): RouteMismatch | undefined {
  // For tunnels only, which have no path.
  if (match.connectMatcher !== undefined || !matchesPath(match, path)) return PATH_MISMATCH;
  for (const matcher of match.headers ?? []) {
    if (!matchesHeader(matcher, headerValue(request, matcher.name))) return { kind: 'header', name: matcher.name };
  }
  for (const matcher of match.queryParameters ?? []) {
    if (!matchesQueryParameter(matcher, queryParameter(request.path, matcher.name))) return { kind: 'query', name: matcher.name };
  }
  for (const matcher of match.dynamicMetadata ?? []) {
    if (metadataTest(matcher)(request.metadata) === (matcher.invert === true)) return { kind: 'header', name: `@${matcher.path.map(({ key }) => key).join('.')}` };
  }
  return undefined;
}

const metadataTests = new WeakMap<MetadataMatcher, ReturnType<typeof compileMetadata>>();

/** The matcher as a function, made once. */
function metadataTest(matcher: MetadataMatcher): ReturnType<typeof compileMetadata> {
  const test = metadataTests.get(matcher) ?? compileMetadata(matcher);
  metadataTests.set(matcher, test);
  return test;
}

function matchesPath(match: RouteMatch, path: string): boolean {
  if (match.safeRegex !== undefined) return compileRegex(match.safeRegex.regex)?.matchesWhole(path) ?? false;
  const fold = match.caseSensitive === false;
  const text = fold ? path.toLowerCase() : path;
  if (match.path !== undefined) return text === (fold ? match.path.toLowerCase() : match.path);
  if (match.pathSeparatedPrefix !== undefined) {
    const prefix = fold ? match.pathSeparatedPrefix.toLowerCase() : match.pathSeparatedPrefix;
    return text === prefix || text.startsWith(`${prefix}/`);
  }
  return text.startsWith(fold ? (match.prefix ?? '').toLowerCase() : (match.prefix ?? ''));
}
