import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { WORKLOAD_SECRET } from '#mesh-core/domain/envoy/secret.ts';
import type { EnvoySecret } from '#mesh-core/domain/envoy/secret.ts';
import type { XdsNode } from '#mesh-core/wire/xds/discovery.ts';
import type { ControlStream } from '../config/ads-client.ts';
import { configDump } from '../config/config-dump.ts';
import type { ConfigStore } from '../config/config-store.ts';
import type { WorkloadCertificate } from '../identity/workload-certificate.ts';
import type { AccessLog } from '../telemetry/access-log.ts';
import type { ClusterRuntime } from '../upstream/cluster-runtime.ts';

/** What the admin port shows. */
export interface AdminSources {
  readonly registry: Registry;
  readonly accessLog: AccessLog;
  readonly store: ConfigStore;
  readonly ads: ControlStream;
  readonly node: XdsNode;
  readonly certificate: WorkloadCertificate;
  readonly clusters: () => ReadonlyMap<string, ClusterRuntime>;
  readonly ready: () => boolean;
  readonly quit: () => void;
}
interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);
const DEFAULT_LOG_LIMIT = 100;
const MAX_LOG_LIMIT = 1000;

/** The stats and admin port of a proxy. Reserve the port first (`listen`), give the sources when they exist. */
export class AdminServer {
  readonly #server: Server;
  #sources: AdminSources | undefined;

  constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** Binds 127.0.0.1:`port` (0 = any); until the sources are there it answers 503. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  serve(sources: AdminSources): void {
    this.#sources = sources;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type, body } = await this.#route(request).catch((error: unknown): Answer => text(500, String(error)));
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
    response.end(request.method === 'HEAD' ? '' : body);
  }

  async #route(request: IncomingMessage): Promise<Answer> {
    const sources = this.#sources;
    if (sources === undefined) return text(503, 'starting\n');
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname === '/quitquitquit') return this.#quit(request, sources);
    if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'method not allowed\n');
    switch (url.pathname) {
      case '/stats/prometheus':
        return { status: 200, type: sources.registry.contentType, body: await sources.registry.metrics() };
      case '/healthz/ready':
        return sources.ready() ? text(200, 'ready\n') : text(503, 'not ready\n');
      case '/access_log':
        return accessLogAnswer(sources, url.searchParams);
      case '/config_dump':
        return json(configDump({ contents: sources.store.contents(), node: sources.node, types: sources.ads.state(), ownSecrets: [ownSecret(sources)], includeEndpoints: url.searchParams.has('include_eds') }));
      case '/clusters':
        return json(clustersOf(sources));
      case '/certs':
        return json(certificateOf(sources));
      case '/ads':
        return json({ connected: sources.ads.connected, types: sources.ads.state() });
      default:
        return text(404, 'not found; there are /stats/prometheus /healthz/ready /access_log /config_dump /clusters /certs /ads and POST /quitquitquit\n');
    }
  }

  #quit(request: IncomingMessage, sources: AdminSources): Answer {
    if (request.method !== 'POST') return text(405, 'use POST\n');
    if (!LOOPBACK.has(request.socket.remoteAddress ?? '')) return text(403, 'only from loopback\n');
    setImmediate(sources.quit);
    return text(200, 'OK\n');
  }
}

function accessLogAnswer(sources: AdminSources, query: URLSearchParams): Answer {
  const limit = Number(query.get('limit') ?? DEFAULT_LOG_LIMIT);
  if (!Number.isInteger(limit) || limit < 1) return text(400, 'limit must be a positive whole number\n');
  return json(sources.accessLog.recent(Math.min(limit, MAX_LOG_LIMIT), query.get('trace_id') ?? undefined));
}

function clustersOf(sources: AdminSources): unknown {
  return [...sources.clusters()].map(([name, cluster]) => ({
    name,
    service: cluster.service ?? null,
    requestsActive: cluster.breaker.running,
    requestsPending: cluster.breaker.waiting,
    endpoints: [...cluster.endpoints].map((endpoint) => ({ address: endpoint.key, healthStatus: endpoint.lb.healthStatus ?? 'HEALTHY', ejected: cluster.isEjected(endpoint), mtls: endpoint.mesh, requestsActive: endpoint.active, connectionsActive: endpoint.pool.connections, workload: endpoint.peer?.workload ?? null })),
  }));
}

function certificateOf(sources: AdminSources): unknown {
  const { spiffeId, serialNumber, notBefore, notAfter, certChainPem, rootPem } = sources.certificate.current;
  return { spiffeId, serialNumber, validFrom: new Date(notBefore).toISOString(), expiration: new Date(notAfter).toISOString(), certChain: certChainPem, root: rootPem };
}

/** The own certificate as SDS would send it; its version is its serial number. */
function ownSecret(sources: AdminSources): { secret: EnvoySecret; version: string; at: number } {
  const { serialNumber, notBefore, certChainPem, keyPem } = sources.certificate.current;
  return { secret: { name: WORKLOAD_SECRET, tlsCertificate: { certificateChain: { inlineString: certChainPem }, privateKey: { inlineString: keyPem } } }, version: serialNumber, at: notBefore };
}

function text(status: number, body: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body };
}

function json(value: unknown): Answer {
  return { status: 200, type: 'application/json', body: JSON.stringify(value) };
}
