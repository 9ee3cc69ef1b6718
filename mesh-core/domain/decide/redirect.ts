import type { Route, RouteMatch } from '../envoy/resources.ts';
import type { RequestHead } from './request-head.ts';
import { pathWithoutQuery } from './request-head.ts';
import { rewritePath } from './rewrite-path.ts';
import { withoutPort } from './select-virtual-host.ts';

export type Redirect = NonNullable<Route['redirect']>;

const STATUS = { MOVED_PERMANENTLY: 301, FOUND: 302, SEE_OTHER: 303, TEMPORARY_REDIRECT: 307, PERMANENT_REDIRECT: 308 } as const;

/** The status of a redirect; 301 unless it says otherwise. */
export function redirectStatus(code: Redirect['responseCode']): number {
  return STATUS[code ?? 'MOVED_PERMANENTLY'];
}

/**
 * The Location of a redirect: scheme, host, port and path of the request with what the redirect replaces. A new scheme
 * drops the default port of the old one; a new path keeps the query unless it brings its own.
 * Source: envoy.config.route.v3.RedirectAction.
 */
export function redirectLocation(redirect: Redirect, match: RouteMatch, request: RequestHead): string {
  const oldScheme = request.scheme ?? 'http';
  const scheme = redirect.schemeRedirect || oldScheme;
  const requestHost = withoutPort(request.authority);
  const requestPort = request.authority.slice(requestHost.length + 1);
  const keptPort = redirect.hostRedirect || (scheme !== oldScheme && requestPort === defaultPort(oldScheme)) ? '' : requestPort;
  const port = redirect.portRedirect ? String(redirect.portRedirect) : keptPort;
  return `${scheme}://${redirect.hostRedirect || requestHost}${port === '' ? '' : `:${port}`}${redirectPath(redirect, match, request.path)}`;
}

function redirectPath(redirect: Redirect, match: RouteMatch, target: string): string {
  if (redirect.prefixRewrite) return rewritePath(match, { prefixRewrite: redirect.prefixRewrite }, target);
  if (!redirect.pathRedirect) return target;
  if (redirect.pathRedirect.includes('?')) return redirect.pathRedirect;
  return redirect.pathRedirect + target.slice(pathWithoutQuery(target).length);
}

function defaultPort(scheme: string): string {
  return scheme === 'https' ? '443' : '80';
}
