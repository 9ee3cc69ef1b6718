import { array, looseObject, string, union } from 'zod';
import { defineRoute, type Route } from '#server/http/route.ts';
import { QueryError } from '#server/promql/metrics-backend.ts';
import { failure } from './answer.ts';
import { Parameters } from './parameters.ts';

/** Where Prometheus' HTTP API is served. */
export const API_BASE = '/prometheus/api/v1';
const FORM = 'application/x-www-form-urlencoded';

/** What a call is answered from besides its parameters. */
export interface ApiCall {
  /** Parts of the path. */
  readonly params: Readonly<Record<string, string>>;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}
/** Answers a call; a QueryError it throws becomes an answer in Prometheus' words. */
export type ApiHandler = (parameters: Parameters, call: ApiCall) => Promise<Response>;

/** One call of the API by GET. `names` are its parameters, for the API document. */
export function getRoute(path: string, names: readonly string[], summary: string, handler: ApiHandler): Route {
  return row('GET', path, names, summary, handler);
}

/** One call of the API by GET, and by POST with the parameters as a form. */
export function getAndPostRoutes(path: string, names: readonly string[], summary: string, handler: ApiHandler): Route[] {
  return [row('GET', path, names, summary, handler), row('POST', path, names, summary, handler)];
}

/** One call of the API by another method. */
export function row(method: 'GET' | 'POST' | 'PUT', path: string, names: readonly string[], summary: string, handler: ApiHandler): Route {
  // For the OpenAPI document only: values are checked by the handlers, which answer in Prometheus' words.
  const value = union([string(), array(string())]).optional();
  return defineRoute({
    method,
    path: `${API_BASE}${path}`,
    scope: 'view',
    summary,
    query: looseObject(Object.fromEntries(names.map((name) => [name, value]))),
    ...(method === 'GET' ? {} : { rawBody: true }),
    handle: async ({ url, body, headers, params, signal }) => {
      try {
        const type = (headers.get('content-type') ?? FORM).split(';')[0]?.trim().toLowerCase();
        const form: unknown = body;
        if (typeof form === 'string' && form !== '' && type !== FORM) throw new QueryError('bad_data', `send the parameters as ${FORM}, not as ${type}`);
        return await handler(new Parameters(url, typeof form === 'string' ? form : undefined), { params, signal });
      } catch (error) {
        return failure(error);
      }
    },
  });
}
