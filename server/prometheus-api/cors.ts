import { compileAnchored } from '#server/timeseries/label-matcher.ts';
import { defineRoute, type Route } from '#server/http/route.ts';
import { API_BASE } from './api-route.ts';

/**
 * Lets pages of other origins read the API: those whose origin the pattern (RE2, whole) matches. A page needs an API token all
 * the same, because no cookie goes with such calls. Source: util/httputil/cors.go.
 */
export function withCors(routes: readonly Route[], originPattern: string): Route[] {
  const pattern = compileAnchored(originPattern);
  const allow = (request: Headers, answer: Headers): void => {
    answer.append('vary', 'Origin');
    const origin = request.get('origin');
    if (origin === null) return;
    answer.set('access-control-allow-headers', 'Accept, Authorization, Content-Type, Origin');
    answer.set('access-control-allow-methods', 'GET, POST, OPTIONS');
    answer.set('access-control-expose-headers', 'Date');
    if (originPattern === '.*') answer.set('access-control-allow-origin', '*');
    else if (pattern.matches(origin)) answer.set('access-control-allow-origin', origin);
  };
  const open = routes.map((route): Route => ({
    ...route,
    handle: async (request) => {
      const result = await route.handle(request);
      if (result instanceof Response) allow((request as { headers: Headers }).headers, result.headers);
      return result;
    },
  }));
  const preflight = defineRoute({
    method: 'OPTIONS',
    path: `${API_BASE}/*rest`,
    scope: 'public',
    summary: 'Tells a browser whether a page of another origin may call the API.',
    handle: async ({ headers }) => {
      const answer = new Response(null, { status: 204 });
      allow(headers, answer.headers);
      return answer;
    },
  });
  return [...open, preflight];
}
