import type { IncomingMessage, ServerResponse } from 'node:http';
import { compileAnchored } from '#server/timeseries/label-matcher.ts';

/** Whether a page of `origin` may send spans. */
export type AllowsOrigin = (origin: string) => boolean;

/** From the RE2 pattern of an option, which must match the whole origin; none are allowed without one. Throws for a damaged pattern. */
export function originsLike(pattern: string | undefined): AllowsOrigin {
  if (pattern === undefined) return () => false;
  const regex = compileAnchored(pattern);
  return (origin) => regex.matches(origin);
}

/**
 * Lets pages of allowed origins send spans (Fetch standard, CORS protocol): sets the headers, and answers a preflight.
 * Gives true when the request was answered thereby.
 */
export function answerCrossOrigin(request: IncomingMessage, response: ServerResponse, allows: AllowsOrigin): boolean {
  const { origin } = request.headers;
  if (origin === undefined || !allows(origin)) return false;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('vary', 'Origin');
  response.setHeader('access-control-expose-headers', 'Retry-After');
  if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return false;
  response.writeHead(204, {
    'access-control-allow-methods': 'POST',
    // Exporters may be told to send any header, so what the page asks for is allowed.
    'access-control-allow-headers': request.headers['access-control-request-headers'] ?? 'content-type, content-encoding',
    'access-control-max-age': '7200',
  });
  response.end();
  return true;
}
