import type { Route } from './route.ts';

/** What a request's method and path lead to. */
export type RouteMatchResult =
  | { readonly kind: 'match'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'method-not-allowed'; readonly allowed: readonly string[] }
  | { readonly kind: 'none' };

interface CompiledRoute {
  readonly route: Route;
  readonly segments: readonly string[];
}

/**
 * Compiles the route table. A literal segment beats a parameter, a parameter beats `*rest`; a malformed percent
 * escape matches nothing.
 */
export function createRouter(routes: readonly Route[]): (method: string, pathname: string) => RouteMatchResult {
  const compiled = routes.map((route): CompiledRoute => ({ route, segments: route.path.split('/').slice(1) }));
  const ordered = compiled.toSorted((a, b) => specificity(b.segments) - specificity(a.segments));
  return (method, pathname) => {
    const parts = decodeSegments(pathname);
    if (parts === undefined) return { kind: 'none' };
    const allowed = new Set<string>();
    for (const { route, segments } of ordered) {
      const params = matchSegments(segments, parts);
      if (params === undefined) continue;
      if (route.method === method || (method === 'HEAD' && route.method === 'GET' && route.usesUp !== true)) return { kind: 'match', route, params };
      allowed.add(route.method);
    }
    return allowed.size > 0 ? { kind: 'method-not-allowed', allowed: [...allowed] } : { kind: 'none' };
  };
}

function decodeSegments(pathname: string): string[] | undefined {
  try {
    return pathname.split('/').slice(1).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

function matchSegments(segments: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    if (segment.startsWith('*')) {
      params[segment.slice(1)] = parts.slice(index).join('/');
      return params;
    }
    const part = parts[index];
    if (part === undefined) return undefined;
    if (segment.startsWith(':')) {
      if (part === '') return undefined;
      params[segment.slice(1)] = part;
    } else if (segment !== part) return undefined;
  }
  return parts.length === segments.length ? params : undefined;
}

/** Weighs segments from the left: literal 2, parameter 1, rest 0. */
function specificity(segments: readonly string[]): number {
  let score = 0;
  for (let i = 0; i < 12; i++) {
    const segment = segments[i];
    const weight = segment === undefined || segment.startsWith('*') ? 0 : segment.startsWith(':') ? 1 : 2;
    score = score * 3 + weight;
  }
  return score;
}
