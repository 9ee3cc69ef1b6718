import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { KubeError, type KubeStatus } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { systemClock, type Clock } from '#mesh-core/runtime/clock.ts';
import type { ApiCall, ApiServices } from './api-call.ts';
import { apiError } from './api-error.ts';
import { parseApiPath, type ApiRoute } from './api-path.ts';
import { authenticate, type ApiToken } from './authenticate.ts';
import { handleCall } from './handle-call.ts';
import { ListSnapshots } from './list-snapshots.ts';
import { negotiate } from './negotiate.ts';
import { readBody } from './read-body.ts';
import { sendAnswer, sendStatus } from './respond.ts';
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
export interface ApiServerOptions extends Omit<ApiServices, 'clock' | 'bookmarkMs' | 'views' | 'snapshots'> {
  readonly tls: ApiTls;
  /** 0 takes any free port. */
  readonly port: number;
  readonly host: string;
  readonly tokens: readonly ApiToken[];
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
  const services: ApiServices = { ...options, views, snapshots: new ListSnapshots(clock), clock, bookmarkMs: options.bookmarkMs ?? 30_000 };
  const streams = new Set<() => void>();
  const server = createServer({ cert: options.tls.cert, key: options.tls.key, minVersion: 'TLSv1.2', keepAliveTimeout: 60_000 }, (request, response) => {
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
    response.on('error', (error) => options.log.debug({ error: String(error) }, 'a client of the API server went away'));
    response.on('close', () => {
      options.observe?.({ method, resource: resourceOf(route), watch: query.has('watch'), code: response.statusCode, seconds: (performance.now() - started) / 1000 });
    });
    try {
      const url = request.url ?? '/';
      const mark = url.indexOf('?');
      route = parseApiPath(mark === -1 ? url : url.slice(0, mark));
      query = new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1));
      if (route.type === 'health') {
        response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('ok');
        return;
      }
      if (route.type === 'version') {
        sendAnswer(response, { code: 200, body: VERSION }, accept);
        return;
      }
      const user = authenticate(options.tokens, request.headers.authorization);
      if (user === undefined) throw apiError(401, 'Unauthorized', 'a bearer token that this server knows is required');
      const call: ApiCall = { method, query, user, accept, acceptHeader: request.headers.accept, contentType: request.headers['content-type'], userAgent: request.headers['user-agent'] ?? '', readBody: () => readBody(request) };
      const result = await handleCall(services, call, route, response);
      if ('answer' in result) sendAnswer(response, result.answer, accept);
      else if (!response.closed) {
        streams.add(result.endStream);
        response.on('close', () => streams.delete(result.endStream));
      }
    } catch (error) {
      if (response.headersSent) response.destroy();
      else sendStatus(response, statusFor(error, request, options), accept);
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
    setTls: (tls) => server.setSecureContext({ cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2' }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const end of streams) end();
        views.close();
        // Answers on their way get a moment; then whoever still holds a connection loses it.
        setTimeout(() => server.closeAllConnections(), 200).unref();
        server.closeIdleConnections();
      }),
  };
}

function statusFor(error: unknown, request: IncomingMessage, options: Pick<ApiServerOptions, 'log'>): KubeStatus {
  if (error instanceof KubeError) return error.status;
  options.log.error({ error: error instanceof Error ? (error.stack ?? error.message) : String(error), method: request.method, url: request.url }, 'the API server failed on a request');
  return apiError(500, 'InternalError', 'an error on the server prevented the request from succeeding; its log has the cause').status;
}

function resourceOf(route: ApiRoute): string {
  return route.type === 'collection' || route.type === 'object' ? route.kind.plural : route.type;
}
