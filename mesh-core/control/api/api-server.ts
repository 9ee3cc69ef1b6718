import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { KubeError, type KubeStatus } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { systemClock, type Clock } from '#mesh-core/runtime/clock.ts';
import type { ApiCall, ApiServices, AuditNotes } from './api-call.ts';
import { apiError } from './api-error.ts';
import { parseApiPath, type ApiRoute } from './api-path.ts';
import { authenticate, type Credentials } from '../access/authenticate.ts';
import { AccessControl } from '../access/access-control.ts';
import type { ApiUser } from '../access/api-user.ts';
import { auditEvent, isAudited, type AuditEvent } from '../access/audit-event.ts';
import { impersonationOf } from '../access/impersonate.ts';
import { accessOf, authorize } from './authorize.ts';
import { handleCall } from './handle-call.ts';
import { ListSnapshots } from './list-snapshots.ts';
import { negotiate } from './negotiate.ts';
import { readBody } from './read-body.ts';
import { sendAnswer, sendStatus } from './respond.ts';
import { isWatch } from './watch-objects.ts';
import { ObjectViews } from './views/object-views.ts';

/** Certificate (with its chain) and private key, PEM. */
export interface ApiTls {
  readonly cert: string;
  readonly key: string;
}
/** One finished request, for metrics. */
export interface ApiObservation {
  readonly method: string;
  /** Plural of the kind, or the sort of path (`version`, `groups` …). */
  readonly resource: string;
  readonly watch: boolean;
  readonly code: number;
  readonly seconds: number;
}
export interface ApiServerOptions extends Omit<ApiServices, 'clock' | 'bookmarkMs' | 'views' | 'snapshots' | 'access'> {
  readonly tls: ApiTls;
  /** 0 takes any free port. */
  readonly port: number;
  readonly host: string;
  readonly credentials: Credentials;
  /** Roots of client certificates; absent = none are asked for. */
  readonly clientCaPem?: string;
  /** Gets an event for each call that changes something, is refused, or reads secrets. */
  readonly audit?: (event: AuditEvent) => void;
  readonly clock?: Clock;
  /** Default 30 s. */
  readonly bookmarkMs?: number;
  readonly observe?: (observation: ApiObservation) => void;
}
export interface ApiServer {
  /** `https://127.0.0.1:6443` */
  readonly url: string;
  readonly port: number;
  /** Serves new connections with another certificate, after a rotation. */
  setTls(tls: ApiTls): void;
  /** Ends all watches and connections and stops listening. */
  close(): Promise<void>;
}

const VERSION = { major: '1', minor: '32', gitVersion: 'v1.32.0+binnacle', gitCommit: '', gitTreeState: 'clean', buildDate: '1970-01-01T00:00:00Z', goVersion: 'none', compiler: 'node', platform: 'node' };

/**
 * Serves the store as a Kubernetes-style API over HTTPS: discovery, CRUD, patch, watch, status, tables, dry run and TokenRequest, for
 * kubectl and our own client. `/version` and the health paths need no token. Whatever the input, the answer is a Status; a defect is a logged 500.
 * @throws (rejects) when the port is taken or the certificate is unusable.
 */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const clock = options.clock ?? systemClock;
  const views = new ObjectViews(options.store);
  const access = new AccessControl(options.store, options.log);
  const services: ApiServices = { ...options, access, views, snapshots: new ListSnapshots(clock), clock, bookmarkMs: options.bookmarkMs ?? 30_000 };
  const streams = new Set<() => void>();
  const server = createServer({ ...secureContext(options, options.tls), requestCert: options.clientCaPem !== undefined, rejectUnauthorized: false, keepAliveTimeout: 60_000 }, (request, response) => {
    void serve(request, response);
  });
  server.on('clientError', (_error: Error, socket: Socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    else socket.destroy();
  });
  server.on('tlsClientError', (error: Error) => options.log.debug({ error: String(error) }, 'TLS handshake with the API server failed'));

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const started = performance.now();
    const accept = negotiate(request.headers.accept);
    const method = request.method ?? 'GET';
    let route: ApiRoute = { type: 'not-found' };
    let query = new URLSearchParams();
    let user: ApiUser | undefined;
    let decision = '';
    let reason = '';
    const notes: AuditNotes = {};
    const receivedAt = clock.now();
    response.on('error', (error) => options.log.debug({ error: String(error) }, 'a client of the API server went away'));
    response.on('close', () => {
      options.observe?.({ method, resource: resourceOf(route), watch: query.has('watch'), code: response.statusCode, seconds: (performance.now() - started) / 1000 });
      const watch = isWatch(query);
      if (isAudited(method, route, response.statusCode)) options.audit?.(auditEvent({ request, route, watch, user, decision, notes, code: response.statusCode, reason, receivedAt, endedAt: clock.now(), id: randomUUID() }));
    });
    try {
      const url = request.url ?? '/';
      const mark = url.indexOf('?');
      const pathname = mark === -1 ? url : url.slice(0, mark);
      route = parseApiPath(pathname);
      query = new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1));
      if (route.type === 'health') {
        response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('ok');
        return;
      }
      if (route.type === 'version') {
        sendAnswer(response, { code: 200, body: VERSION }, accept);
        return;
      }
      const caller = await authenticate(options.credentials, request);
      if (caller === undefined) throw apiError(401, 'Unauthorized', 'Unauthorized: a bearer token or a client certificate that this server knows is required');
      user = caller;
      user = actingUser(access, caller, request);
      decision = authorize(access, user, accessOf(method, isWatch(query), route, pathname));
      const call: ApiCall = { method, query, user, notes, accept, acceptHeader: request.headers.accept, contentType: request.headers['content-type'], userAgent: request.headers['user-agent'] ?? '', readBody: () => readBody(request) };
      const result = await handleCall(services, call, route, response);
      if ('answer' in result) sendAnswer(response, result.answer, accept);
      else if (!response.closed) {
        streams.add(result.endStream);
        response.on('close', () => streams.delete(result.endStream));
      }
    } catch (error) {
      if (response.headersSent) response.destroy();
      else {
        const status = statusFor(error, request, options);
        reason = status.reason;
        sendStatus(response, status, accept);
      }
    }
  };

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    port,
    setTls: (tls) => server.setSecureContext(secureContext(options, tls)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const end of streams) end();
        views.close();
        access.close();
        // Answers on their way get a moment; then whoever still holds a connection loses it.
        setTimeout(() => server.closeAllConnections(), 200).unref();
        server.closeIdleConnections();
      }),
  };
}

/** The caller, or whom they may act as. @throws KubeError 400 or 403. */
function actingUser(access: AccessControl, caller: ApiUser, request: IncomingMessage): ApiUser {
  const wanted = impersonationOf(request.headers, caller);
  if (wanted === undefined) return caller;
  if (wanted === 'no-user') throw apiError(400, 'BadRequest', 'requested groups, uid or extra without impersonating a user (Impersonate-User)');
  for (const need of wanted.needs) authorize(access, caller, need);
  return wanted.user;
}

function secureContext({ clientCaPem }: Pick<ApiServerOptions, 'clientCaPem'>, { cert, key }: ApiTls): { cert: string; key: string; minVersion: 'TLSv1.2'; ca?: string } {
  return { cert, key, minVersion: 'TLSv1.2', ...(clientCaPem === undefined ? {} : { ca: clientCaPem }) };
}

function statusFor(error: unknown, request: IncomingMessage, options: Pick<ApiServerOptions, 'log'>): KubeStatus {
  if (error instanceof KubeError) return error.status;
  if (isFullDisk(error)) {
    options.log.error({ error: String(error), method: request.method, url: request.url }, 'the database cannot be written');
    return apiError(507, 'InsufficientStorage', `the control plane cannot write to its disk (${error.message}); nothing was changed, and reads go on. Free some space: writes are taken again by themselves`).status;
  }
  options.log.error({ error: error instanceof Error ? (error.stack ?? error.message) : String(error), method: request.method, url: request.url }, 'the API server failed on a request');
  return apiError(500, 'InternalError', 'an error on the server prevented the request from succeeding; its log has the cause').status;
}

/** SQLite's own errors for a disk that takes no more: FULL, and IOERR_WRITE, _FSYNC, _TRUNCATE. Source: sqlite.org/rescode.html. */
const FULL_DISK_CODES: readonly unknown[] = [13, 778, 1034, 1546];

function isFullDisk(error: unknown): error is Error {
  return error instanceof Error && 'errcode' in error && FULL_DISK_CODES.includes(error.errcode);
}

function resourceOf(route: ApiRoute): string {
  return route.type === 'collection' || route.type === 'object' ? route.kind.plural : route.type;
}
