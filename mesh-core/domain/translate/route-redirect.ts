import type { Route } from '../envoy/resources.ts';
import type { HTTPRedirect } from '../resources/networking.ts';

const CODES = { 301: 'MOVED_PERMANENTLY', 302: 'FOUND', 303: 'SEE_OTHER', 307: 'TEMPORARY_REDIRECT', 308: 'PERMANENT_REDIRECT' } as const;

/**
 * A VirtualService's redirect; a code that Envoy does not have gives no action (validation refuses it earlier). The
 * scheme's own port is never written out. Source: istiod's ApplyRedirect.
 */
export function translateRedirect(redirect: HTTPRedirect, listenPort: number, isTls: boolean): Pick<Route, 'redirect'> {
  const responseCode = codeOf(redirect.redirectCode || 301);
  if (responseCode === undefined) return {};
  const scheme = redirect.scheme || (isTls ? 'https' : 'http');
  const wanted = redirect.derivePort === 'FROM_REQUEST_PORT' ? listenPort : redirect.port;
  const port = wanted === (scheme === 'https' ? 443 : 80) ? undefined : wanted;
  const path = redirect.prefixRewrite ? { prefixRewrite: redirect.prefixRewrite } : redirect.uri ? { pathRedirect: redirect.uri } : undefined;
  return {
    redirect: {
      ...(redirect.authority ? { hostRedirect: redirect.authority } : undefined),
      ...path,
      ...(redirect.scheme ? { schemeRedirect: redirect.scheme } : undefined),
      ...(port === undefined ? undefined : { portRedirect: port }),
      responseCode,
    },
  };
}

function codeOf(code: number): (typeof CODES)[keyof typeof CODES] | undefined {
  return Object.entries(CODES).find(([known]) => Number(known) === code)?.[1];
}
