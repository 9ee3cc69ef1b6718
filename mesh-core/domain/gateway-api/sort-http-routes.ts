import type { HTTPMatchRequest, HTTPRoute, StringMatch } from '../resources/networking.ts';

/**
 * Orders routes as Gateway API asks: exact path, prefix, regular expression; then the longer path, a method, more headers,
 * more query parameters; equals stay as they are; a route without match is last. Source: istiod's sortHTTPRoutes.
 */
export function sortHttpRoutes(routes: readonly HTTPRoute[]): HTTPRoute[] {
  return routes.toSorted((a, b) => compareMatches(a.match?.[0], b.match?.[0]));
}

function compareMatches(a: HTTPMatchRequest | undefined, b: HTTPMatchRequest | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return (
    pathRank(b.uri) - pathRank(a.uri) ||
    pathLength(b.uri) - pathLength(a.uri) ||
    Number(b.method !== undefined) - Number(a.method !== undefined) ||
    count(b.headers) - count(a.headers) ||
    count(b.queryParams) - count(a.queryParams)
  );
}

function pathRank(uri: StringMatch | undefined): number {
  if (uri?.exact !== undefined) return 3;
  if (uri?.prefix !== undefined) return 2;
  return uri?.regex === undefined ? -1 : 1;
}

/** In bytes, as Go counts. */
function pathLength(uri: StringMatch | undefined): number {
  return new TextEncoder().encode(uri?.exact ?? uri?.prefix ?? uri?.regex ?? '').length;
}

function count(values: Readonly<Record<string, StringMatch>> | undefined): number {
  return Object.keys(values ?? {}).length;
}
