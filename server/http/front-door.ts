import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ZodType } from 'zod';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { identifyCaller, requireScope } from '#server/auth/authenticate.ts';
import type { SessionStore } from '#server/auth/session-store.ts';
import { ServerError } from '#server/server-error.ts';
import { readBody, sendResponse, webHeaders } from './node-adapter.ts';
import type { PagesProxy } from './pages-proxy.ts';
import { isServerError, jsonResponse, problemResponse } from './respond.ts';
import type { Route, RouteRequest } from './route.ts';
import { createRouter, type RouteMatchResult } from './router.ts';

const JSON_BODY_LIMIT = 4 * 1024 * 1024;
/** Nobody reads it; the request counters show it apart from failures, by nginx' number. */
const CLIENT_GAVE_UP = 499;
const API_PREFIXES = ['/api/', '/prometheus/', '/jaeger/', '/tempo/', '/healthz', '/metrics'];
/** Pages and files that a browser needs before anybody is signed in. */
const PUBLIC_PAGES = /^\/(signin$|_next\/|icon|favicon|apple-icon)/;

export interface FrontDoorOptions {
  readonly routes: readonly Route[];
  readonly sessions: SessionStore;
  readonly pages: PagesProxy | undefined;
  readonly log: Logger;
  /** Host names a browser may use for this console; others are refused (DNS rebinding). */
  readonly allowedHosts: readonly string[];
  /** Told of every finished API request. */
  readonly onRequest?: (route: string, status: number, seconds: number) => void;
}

/** The console's one origin: the API by the route table, everything else forwarded to the pages. Not yet listening. */
export function createFrontDoor(options: FrontDoorOptions): Server {
  const match = createRouter(options.routes);
  const server = createServer((request, response) => {
    void handle(request, response, options, match).catch((error: unknown) => {
      // The client went away while its answer was written.
      options.log.debug({ error: String(error) }, 'answer not delivered');
      response.destroy();
    });
  });
  server.on('upgrade', (request, socket, head) => {
    const caller = identifyCaller(webHeaders(request), options.sessions);
    if (options.pages === undefined || caller.kind === 'nobody' || !hostAllowed(request, options.allowedHosts)) socket.destroy();
    else options.pages.upgrade(request, socket, head);
  });
  server.on('clientError', refuseUnreadable);
  return server;
}

/** Answers what Node's parser could not read; nobody is identified then, so only the reason is told. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, message] =
    error.code === 'HPE_HEADER_OVERFLOW' ? ['431 Request Header Fields Too Large', 'The address and headers of the request are too long; send long queries by POST.']
    : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? ['408 Request Timeout', 'The request did not arrive in time.']
    : ['400 Bad Request', 'This is not an HTTP request.'];
  const body = JSON.stringify({ code: 'bad-request', message });
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/problem+json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

async function handle(request: IncomingMessage, response: ServerResponse, options: FrontDoorOptions, match: ReturnType<typeof createRouter>): Promise<void> {
  const requestId = randomUUID();
  response.setHeader('x-request-id', requestId);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('x-frame-options', 'DENY');
  response.setHeader('referrer-policy', 'same-origin');
  const url = targetOf(request);
  if (url === undefined) {
    const refused = new ServerError('bad-request', `The request target "${request.url ?? ''}" is not a path.`, { hint: 'Ask for a path, such as /api/overview.' });
    await sendResponse(request, response, problemResponse(refused, requestId));
    return;
  }
  // What is judged below is what is served: the pages must not read `/signin/../x` in another way than this door does.
  request.url = url.pathname + url.search;
  if (!hostAllowed(request, options.allowedHosts)) {
    const refused = new ServerError('forbidden', `This console does not answer to the host name "${request.headers.host ?? ''}".`, { hint: 'Start it with --allowed-host NAME to use that name.' });
    await sendResponse(request, response, problemResponse(refused, requestId));
    return;
  }
  if (!API_PREFIXES.some((p) => url.pathname.startsWith(p))) {
    forwardToPages(request, response, url, options);
    return;
  }
  const started = process.hrtime.bigint();
  const { answer, routePath } = await answerApi(request, response, url, options, match, requestId);
  await sendResponse(request, response, answer);
  options.onRequest?.(routePath, answer.status, Number(process.hrtime.bigint() - started) / 1e9);
}

/** The path and query that are asked for; undefined for a target of another form (`*`, or a whole URL, as proxies get it). */
function targetOf({ url = '/' }: IncomingMessage): URL | undefined {
  const absolute = `http://console.invalid${url}`;
  // By concatenation, because as a relative reference `//x/signin` would be the path /signin on another host.
  return url.startsWith('/') && URL.canParse(absolute) ? new URL(absolute) : undefined;
}

function forwardToPages(request: IncomingMessage, response: ServerResponse, url: URL, options: FrontDoorOptions): void {
  const signedIn = identifyCaller(webHeaders(request), options.sessions).kind !== 'nobody';
  if (!signedIn && !PUBLIC_PAGES.test(url.pathname)) {
    const next = url.pathname === '/' ? '' : `?next=${encodeURIComponent(url.pathname + url.search)}`;
    response.writeHead(303, { location: `/signin${next}`, 'cache-control': 'no-store' }).end();
    return;
  }
  if (options.pages === undefined) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('This server was started without pages (--pages-url).\n');
    return;
  }
  options.pages.forward(request, response);
}

async function answerApi(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  options: FrontDoorOptions,
  match: ReturnType<typeof createRouter>,
  requestId: string,
): Promise<{ answer: Response; routePath: string }> {
  const found = match(request.method ?? 'GET', url.pathname);
  const prometheus = url.pathname.startsWith('/prometheus/');
  if (prometheus && found.kind !== 'match') return { answer: plainRefusal(found), routePath: 'none' };
  if (found.kind === 'none') return { answer: problemResponse(new ServerError('not-found', `There is nothing at ${url.pathname}.`, { hint: 'GET /api/openapi.json lists what there is.' }), requestId), routePath: 'none' };
  if (found.kind === 'method-not-allowed') {
    const answer = jsonResponse({ code: 'bad-request', message: `${request.method} is not served at ${url.pathname}.`, hint: `Use ${found.allowed.join(' or ')}.`, requestId }, 405, { allow: found.allowed.join(', ') });
    return { answer, routePath: 'none' };
  }
  const { route, params } = found;
  const abort = new AbortController();
  response.on('close', () => abort.abort());
  try {
    const headers = webHeaders(request);
    const actor = requireScope(identifyCaller(headers, options.sessions), route, headers, ownOrigins(request));
    const body = await bodyFor(request, route, headers);
    const parsed: RouteRequest = {
      params,
      query: route.query === undefined ? {} : parse(route.query, queryObject(url), 'query'),
      body: route.body === undefined ? body : parse(route.body, body, 'body'),
      actor,
      requestId,
      headers,
      url,
      signal: abort.signal,
    };
    // Safe because query and body were just parsed with the route's own schemas.
    const result = await route.handle(parsed as RouteRequest<never, never>);
    return { answer: result instanceof Response ? result : jsonResponse(result), routePath: route.path };
  } catch (error) {
    if (isGivenUp(error, abort.signal)) {
      options.log.debug({ requestId, route: route.path }, 'the client gave the request up');
      return { answer: new Response(null, { status: CLIENT_GAVE_UP }), routePath: route.path };
    }
    if (!isServerError(error)) options.log.error({ requestId, route: route.path, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, 'request failed');
    return { answer: problemResponse(error, requestId, { prometheus }), routePath: route.path };
  }
}

/** Whether this is not a failure, but what a request ends with whose client went away. */
function isGivenUp(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted || !(error instanceof Error)) return false;
  return error === signal.reason || error.name === 'AbortError' || ('code' in error && error.code === 'ECONNRESET');
}

/** What Prometheus' own router says to a path or method that it does not serve. That any path answers OPTIONS does not count. */
function plainRefusal(found: Exclude<RouteMatchResult, { kind: 'match' }>): Response {
  const headers = { 'content-type': 'text/plain; charset=utf-8' };
  const allowed = found.kind === 'none' ? [] : found.allowed.filter((method) => method !== 'OPTIONS');
  if (allowed.length === 0) return new Response('404 page not found\n', { status: 404, headers });
  return new Response('Method Not Allowed\n', { status: 405, headers: { ...headers, allow: allowed.join(', ') } });
}

async function bodyFor(request: IncomingMessage, route: Route, headers: Headers): Promise<unknown> {
  if (request.method === 'GET' || request.method === 'HEAD') return undefined;
  const raw = await readBody(request, route.maxBodyBytes ?? JSON_BODY_LIMIT);
  if (route.rawBody === 'bytes') return raw;
  if (route.rawBody === true) return raw.toString('utf8');
  if (route.body === undefined || raw.length === 0) return undefined;
  const type = headers.get('content-type') ?? '';
  if (!/^application\/(.+\+)?json\b/.test(type)) throw new ServerError('unsupported-media-type', `Send JSON, not "${type || 'nothing'}".`, { hint: 'Set content-type: application/json.' });
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch (cause) {
    throw new ServerError('bad-request', `The body is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** Repeated keys become arrays: `?ns=a&ns=b`. */
function queryObject(url: URL): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = {};
  for (const key of new Set(url.searchParams.keys())) {
    const values = url.searchParams.getAll(key);
    out[key] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return out;
}

function parse(schema: ZodType, value: unknown, where: 'query' | 'body'): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const causes = result.error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message }));
  const first = causes[0];
  throw new ServerError('bad-request', `The ${where} is not right: ${first === undefined ? 'unreadable' : `${first.field || where}: ${first.message}`}`, { causes });
}

/** A page of this console has the host the request was sent to, which was checked; TLS may end at a proxy in front. */
function ownOrigins(request: IncomingMessage): readonly string[] {
  const host = request.headers.host ?? '';
  return [`http://${host}`, `https://${host}`];
}

function hostAllowed(request: IncomingMessage, allowed: readonly string[]): boolean {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  return allowed.includes(host);
}
