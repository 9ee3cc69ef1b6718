import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { CertificateStates } from '#mesh-core/wire/xds/certificate-state.ts';
import type { ProxySyncState } from '#mesh-core/wire/xds/sync-state.ts';

export interface MonitoringServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly registry: Registry;
  readonly syncState: () => readonly ProxySyncState[];
  /** Who holds which certificate; undefined until the authority is at work. */
  readonly certificates: () => CertificateStates | undefined;
  /** What a proxy was offered; undefined for one that is not connected. */
  readonly configurationOf: (proxyId: string) => unknown;
  readonly log: Logger;
}
export interface MonitoringServer {
  /** `http://127.0.0.1:15014` */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/metrics` (Prometheus text), `/healthz` (and istiod's `/ready`), `/debug/syncz` (every proxy's sync state), `/debug/certsz`
 * (who holds which certificate) and `/debug/config_dump?proxyID=` (what a proxy was offered), to
 * readers only. Rejects when the port is taken.
 */
export async function startMonitoringServer({ host, port, registry, syncState, certificates, configurationOf, log }: MonitoringServerOptions): Promise<MonitoringServer> {
  const answer = async (path: string, query: URLSearchParams, response: ServerResponse): Promise<void> => {
    switch (path) {
      case '/metrics': {
        const text = await registry.metrics();
        response.writeHead(200, { 'content-type': registry.contentType }).end(text);
        return;
      }
      case '/healthz':
      case '/ready':
        response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('ok\n');
        return;
      case '/debug/syncz':
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(syncState()));
        return;
      case '/debug/certsz':
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(certificates() ?? null));
        return;
      case '/debug/config_dump': {
        const dump = configurationOf(query.get('proxyID') ?? '');
        if (dump === undefined) response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('No proxy of this proxyID is connected; /debug/syncz has their ids.\n');
        else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(dump));
        return;
      }
      default:
        response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('Here are /metrics, /healthz, /debug/syncz, /debug/certsz and /debug/config_dump?proxyID=.\n');
    }
  };
  const server = createServer((request, response) => {
    request.resume();
    // A web page must not read this through a name that somebody points at 127.0.0.1.
    if (request.headers.origin !== undefined) {
      response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' }).end('Not for web pages.\n');
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return;
    }
    const [path = '/', query = ''] = (request.url ?? '/').split('?');
    answer(path, new URLSearchParams(query), response).catch((error: unknown) => {
      log.error({ error: error instanceof Error ? error.stack : String(error), url: request.url }, 'the monitoring port failed on a request');
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${bound}`,
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
