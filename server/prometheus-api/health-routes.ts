import { defineRoute, type Route } from '#server/http/route.ts';

/** Where clients such as Kiali and `promtool check` look whether the server is there. Source: web/web.go. */
export function healthRoutes(): Route[] {
  return (['healthy', 'ready'] as const).map((state) =>
    defineRoute({
      method: 'GET',
      path: `/prometheus/-/${state}`,
      scope: 'view',
      summary: `Whether the Prometheus API is ${state}.`,
      handle: async () => new Response(`Prometheus Server is ${state === 'healthy' ? 'Healthy' : 'Ready'}.\n`, { headers: { 'content-type': 'text/plain; charset=utf-8' } }),
    }));
}
