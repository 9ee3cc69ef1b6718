import { ApiError, errorFromAnswer } from './api-error.ts';

export type QueryParams = Readonly<Record<string, string | number | boolean | readonly string[] | null | undefined>>;

/** GETs JSON from the console's own origin. Throws ApiError; an abort passes through as it is. */
export function getJson<T>(path: string, params?: QueryParams, signal?: AbortSignal): Promise<T> {
  return send<T>('GET', urlOf(path, params), undefined, signal);
}

/** Writes: the session's CSRF token goes along. */
export function postJson<T>(path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  return send<T>('POST', path, body ?? {}, signal);
}
export function putJson<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return send<T>('PUT', path, body, signal);
}
export function patchJson<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return send<T>('PATCH', path, body, signal);
}
export function deleteJson<T>(path: string, params?: QueryParams, signal?: AbortSignal): Promise<T> {
  return send<T>('DELETE', urlOf(path, params), undefined, signal);
}

/**
 * GETs bytes; `undefined` when they still are those of `etag`. Throws ApiError as `getJson` does.
 */
export async function getBytes(path: string, { etag, signal }: { readonly etag?: string | undefined; readonly signal: AbortSignal }): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly etag: string | undefined } | undefined> {
  const answer = await ask(path, { method: 'GET', headers: etag === undefined ? {} : { 'if-none-match': etag }, signal });
  if (answer.status === 304) return undefined;
  if (!answer.ok) {
    const json: unknown = await answer.json().catch(() => undefined);
    throw errorFromAnswer(answer.status, json, answer.headers.get('x-request-id'));
  }
  const bytes = await answer.arrayBuffer().catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    throw new ApiError('upstream', 'The server’s answer ended early.', { status: answer.status, cause });
  });
  return { bytes: new Uint8Array(bytes), etag: answer.headers.get('etag') ?? undefined };
}

let csrfToken: string | undefined;

/** Remembers the token of the session in use; `undefined` after signing out. */
export function setCsrfToken(token: string | undefined): void {
  csrfToken = token;
}

/** The header that a write of one's own making (a file, a download) needs; the functions above send it themselves. */
export function csrfHeader(): Readonly<Record<string, string>> {
  return csrfToken === undefined ? {} : { 'x-binnacle-csrf': csrfToken };
}

/** Appends parameters; arrays repeat the key, empty values are left out. */
export function urlOf(path: string, params: QueryParams = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    if (value === null || value === undefined || value === '') continue;
    // Array.isArray does not narrow a readonly array.
    if (typeof value === 'object') for (const item of value) search.append(key, item);
    else search.append(key, String(value));
  }
  const text = search.toString();
  return text === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${text}`;
}

async function send<T>(method: string, url: string, body: unknown, signal: AbortSignal | undefined): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (method !== 'GET' && csrfToken !== undefined) headers['x-binnacle-csrf'] = csrfToken;
  const answer = await ask(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }), ...(signal === undefined ? {} : { signal }) });
  const requestId = answer.headers.get('x-request-id');
  const type = answer.headers.get('content-type') ?? '';
  if (!type.includes('json')) {
    const status = answer.status;
    // A page instead of JSON: the request reached something that is not the console's server.
    if (status < 400 || status === 404) throw new ApiError('unreachable', 'The console’s server is not behind this address.', { status, hint: 'Open the console at the address that `npm start` printed.', requestId: requestId ?? undefined });
    throw errorFromAnswer(status, undefined, requestId);
  }
  const json: unknown = await answer.json().catch((cause: unknown) => {
    throw new ApiError('upstream', 'The server’s answer ended early.', { status: answer.status, requestId: requestId ?? undefined, cause });
  });
  if (!answer.ok) throw errorFromAnswer(answer.status, json, requestId);
  // Safe because the server builds every answer from the types that callers name here.
  return json as T;
}

async function ask(url: string, request: RequestInit & { readonly method: string }): Promise<Response> {
  try {
    return await fetch(url, { ...request, credentials: 'same-origin', cache: 'no-store' });
  } catch (cause) {
    if (request.signal?.aborted === true) throw cause;
    throw new ApiError('unreachable', 'The console’s server does not answer.', { hint: 'Is it running? `npm start` brings it up; this page retries by itself.', cause });
  }
}
