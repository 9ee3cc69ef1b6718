import type { RouteAction, RouteMatch } from '../envoy/resources.ts';
import { compileRegex } from './compile-regex.ts';
import { pathWithoutQuery } from './request-head.ts';

/** What a route may change about the path: a route action, or the rewriting half of a redirect. */
export type PathRewrite = Pick<RouteAction, 'prefixRewrite' | 'regexRewrite'>;

/**
 * The request target after a route's rewrite; the query stays. `prefixRewrite` replaces what the match covered: the
 * prefix, or the whole path of an exact or regex match. Source: envoy.config.route.v3.RouteAction.prefix_rewrite.
 */
export function rewritePath(match: RouteMatch, rewrite: PathRewrite, target: string): string {
  const path = pathWithoutQuery(target);
  const rest = target.slice(path.length);
  if (rewrite.regexRewrite !== undefined) {
    const { pattern, substitution } = rewrite.regexRewrite;
    return (compileRegex(pattern.regex)?.replaceAll(path, substitution) ?? path) + rest;
  }
  if (rewrite.prefixRewrite === undefined || rewrite.prefixRewrite === '') return target;
  const covered = match.prefix?.length ?? match.pathSeparatedPrefix?.length ?? path.length;
  return rewrite.prefixRewrite + path.slice(covered) + rest;
}
