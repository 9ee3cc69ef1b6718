import { array, looseObject, string, union } from 'zod';
import { defineRoute, type Route } from '#server/http/route.ts';
import { answered } from './answers.ts';

/** Where Jaeger's HTTP APIs are served: the base path a client of Jaeger is given. */
export const JAEGER_BASE = '/jaeger';

export interface JaegerCall {
  readonly query: URLSearchParams;
  readonly params: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}
export interface JaegerRow {
  readonly method?: 'GET' | 'POST';
  /** Below JAEGER_BASE. */
  readonly path: string;
  readonly summary: string;
  /** Names of its parameters, for the API document; they are read by the handler, which answers in Jaeger's words. */
  readonly names?: readonly string[];
  readonly handle: (call: JaegerCall) => Promise<Response>;
  /** How what was thrown on purpose is told. */
  readonly refusal: (status: number, message: string) => Response;
}

/** One call of Jaeger's API as a row of the console's. */
export function jaegerRoute({ method = 'GET', path, summary, names = [], handle, refusal }: JaegerRow): Route {
  const value = union([string(), array(string())]).optional();
  return defineRoute({
    method,
    path: JAEGER_BASE + path,
    scope: 'view',
    summary,
    query: looseObject(Object.fromEntries(names.map((name) => [name, value]))),
    // As bytes, because Jaeger's UI does not say that what it sends is JSON.
    ...(method === 'POST' ? { rawBody: 'bytes' as const, maxBodyBytes: 64 * 1024 * 1024 } : {}),
    handle: ({ url, params, body, signal }) => {
      const bytes: unknown = body;
      return answered(() => handle({ query: url.searchParams, params, body: bytes instanceof Uint8Array ? bytes : new Uint8Array(), signal }), refusal);
    },
  });
}
