import { defineRoute, type Route } from '#server/http/route.ts';
import type { ServerContext } from '#server/server-context.ts';
import { getProxy, getProxyConfig, listProxies } from './get-proxy.ts';
import { readCertificates } from './read-certificates.ts';

/** Proxies one by one: sync state, certificate, configuration; and who holds which certificate. */
export function proxyRoutes(ctx: ServerContext): Route[] {
  return [
    defineRoute({ method: 'GET', path: '/api/proxies', scope: 'view', summary: 'Every connected proxy with its sync state and certificate.', handle: ({ signal }) => listProxies(ctx, signal) }),
    defineRoute({ method: 'GET', path: '/api/proxies/:id', scope: 'view', summary: 'One connected proxy by its node id, with the certificate it holds.', handle: ({ params, signal }) => getProxy(ctx, params['id'] ?? '', signal) }),
    defineRoute({ method: 'GET', path: '/api/proxies/:id/config', scope: 'view', summary: 'What a proxy has beside what the control plane offers it, resource by resource. Private keys are not in it.', handle: ({ params, signal }) => getProxyConfig(ctx, params['id'] ?? '', signal) }),
    defineRoute({ method: 'GET', path: '/api/certificates', scope: 'view', summary: 'Who holds which certificate until when, the roots, and how far a replacement of the root is.', handle: ({ signal }) => readCertificates(ctx.controlPlaneUrl, signal) }),
  ];
}
