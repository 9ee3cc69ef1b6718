import type { ZodType, infer as ZodInfer } from 'zod';

/** Who is calling. */
export interface Actor {
  /** `user:<name>` for a session, `token:<name>` for an API token. */
  readonly id: string;
  readonly role: Role;
}
export type Role = 'view' | 'edit' | 'admin';

/** A parsed request as a verb sees it. */
export interface RouteRequest<Query = unknown, Body = unknown> {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly actor: Actor;
  readonly requestId: string;
  readonly headers: Headers;
  readonly url: URL;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

/**
 * One row of the server's HTTP API. The router, the sign-in guard, the audit and the OpenAPI document are all made from
 * these rows. `handle` returns a JSON value, or a web `Response` for streams and other media types; it throws ServerError.
 */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  /** `/api/workloads/:namespace/:name`; a last segment `*rest` takes the rest of the path. */
  readonly path: string;
  /** `public` needs no sign-in. Writes need `edit` or `admin`. */
  readonly scope: 'public' | Role;
  readonly summary: string;
  readonly query?: ZodType;
  /** JSON body; for other media types leave it out and set `rawBody`: as text, or as a Buffer. */
  readonly body?: ZodType;
  readonly rawBody?: boolean | 'bytes';
  /** The media type of a `bytes` body, for the API document. */
  readonly bodyType?: string;
  /** Where the usual limit is too low. */
  readonly maxBodyBytes?: number;
  readonly response?: ZodType;
  /** This GET uses something up: it does not answer HEAD, which link checkers send. */
  readonly usesUp?: true;
  readonly handle: (request: RouteRequest<never, never>) => Promise<unknown>;
}

/** Types a row: `handle` sees the parsed query and body. */
export function defineRoute<Q extends ZodType = ZodType<Record<string, never>>, B extends ZodType = ZodType<undefined>>(row: Omit<Route, 'handle' | 'query' | 'body'> & {
  readonly query?: Q;
  readonly body?: B;
  readonly handle: (request: RouteRequest<ZodInfer<Q>, ZodInfer<B>>) => Promise<unknown>;
}): Route {
  // Safe because the router parses query and body with exactly these schemas before it calls handle.
  return row as unknown as Route;
}
