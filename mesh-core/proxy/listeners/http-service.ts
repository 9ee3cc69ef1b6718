import type { Duplex } from 'node:stream';
import type { HttpConnectionManager } from '#mesh-core/domain/envoy/resources.ts';
import { createFineClock } from '#mesh-core/runtime/clock.ts';
import type { Downstream, Exchange, ProxyResponse } from '../http/exchange.ts';
import { setForwardingHeaders } from '../http/forwarding-headers.ts';
import { Http1ServerConnection } from '../http/http1/server-connection.ts';
import { http1Limits } from './http1-limits.ts';
import { Http2ServerConnection } from '../http2/server-connection.ts';
import type { RequestHandling } from '../http/serve-request.ts';
import { HttpConnectionCounts } from '../stats/http-connection-counts.ts';
import type { HttpStats } from '../stats/scoped-stats.ts';
import { requestLoggers } from '../telemetry/request-loggers.ts';
import { PEER_METADATA_HEADER, PEER_METADATA_ID_HEADER } from '../telemetry/peer-metadata.ts';
import { buildPipeline } from './build-pipeline.ts';
import { openTunnel } from '../tcp/open-tunnel.ts';
import { chooseCodec } from './choose-codec.ts';
import type { HttpCodec } from './choose-codec.ts';
import type { ConnectionService, ServiceDependencies } from './connection-service.ts';

/** A client's connection, whatever is spoken on it. */
type Connection = Http1ServerConnection | Http2ServerConnection;

const fineNow = createFineClock();

/** Serves the connections of one HTTP filter chain. A new configuration holds for open connections from their next request on. */
export class HttpService implements ConnectionService {
  readonly #deps: ServiceDependencies;
  readonly #side: 'inbound' | 'outbound';
  readonly #connections = new Set<Connection>();
  #manager: HttpConnectionManager;
  #handling: RequestHandling;
  #stats: HttpStats;
  #closed = false;
  #draining = false;
  #idleMs = 0;

  constructor(manager: HttpConnectionManager, side: 'inbound' | 'outbound', deps: ServiceDependencies) {
    this.#deps = deps;
    this.#side = side;
    this.#manager = manager;
    this.#stats = deps.stats.http.hold(manager.statPrefix);
    this.#handling = this.#handlingOf(manager);
  }

  /** Takes a new configuration. */
  update(manager: HttpConnectionManager): void {
    const before = this.#manager.statPrefix;
    this.#stats = this.#deps.stats.http.hold(manager.statPrefix);
    this.#deps.stats.http.release(before);
    this.#manager = manager;
    this.#handling = this.#handlingOf(manager);
  }

  serve(socket: Duplex, downstream: Downstream): void {
    chooseCodec(socket, this.#manager.codecType, this.#deps.clock, (codec) => this.#begin(socket, downstream, codec));
  }

  #begin(socket: Duplex, downstream: Downstream, codec: HttpCodec): void {
    const counts = new HttpConnectionCounts(this.#stats, socket, codec, downstream.tls);
    const shared = {
      handling: () => this.#handling,
      downstream,
      onRefused: (reason: string) => {
        counts.refused();
        this.#deps.onRefused(reason, downstream);
      },
      onClose: (closed: Connection) => {
        counts.closed();
        this.#connections.delete(closed);
      },
      deadlines: this.#deps.deadlines,
    };
    const maxConcurrentStreams = this.#manager.http2ProtocolOptions?.maxConcurrentStreams;
    const connection: Connection =
      codec === 'http2'
        ? new Http2ServerConnection(socket, { ...shared, ...(maxConcurrentStreams === undefined ? {} : { maxConcurrentStreams }) })
        : new Http1ServerConnection(socket, { ...shared, ...http1Limits(this.#manager), acceptsUpgrade: (protocol) => this.#accepts(protocol), ...(this.#isForwardProxy ? { onConnect: (authority: string, tunnel: Duplex) => this.#openTunnel(authority, tunnel, downstream) } : {}) });
    this.#connections.add(connection);
    // It may have been paused while its first bytes were looked at.
    if (codec === 'http1') socket.resume();
    if (this.#draining) connection.drain(this.#idleMs);
  }

  drain(idleMs: number): void {
    this.#draining = true;
    this.#idleMs = idleMs;
    for (const connection of this.#connections) connection.drain(idleMs);
  }

  close(): void {
    for (const connection of this.#connections) connection.destroy();
    if (!this.#closed) this.#deps.stats.http.release(this.#manager.statPrefix);
    this.#closed = true;
  }

  /** The listener that an app is told to use as its HTTP proxy. */
  get #isForwardProxy(): boolean {
    return this.#side === 'outbound' && this.#deps.nodeType === 'sidecar';
  }

  #openTunnel(authority: string, socket: Duplex, downstream: Downstream): void {
    const { rds, routeConfig, accessLog = [] } = this.#manager;
    const routes = rds === undefined ? routeConfig : this.#deps.routesOf(rds.routeConfigName);
    openTunnel({ authority, socket, downstream, routes, deps: this.#deps, loggers: requestLoggers(accessLog, this.#deps.logFiles), serveHttp: (codec) => this.#begin(socket, downstream, codec) });
  }

  #accepts(upgrade: string): boolean {
    return (this.#manager.upgradeConfigs ?? []).some((config) => config.upgradeType.toLowerCase() === upgrade.toLowerCase());
  }

  #handlingOf(manager: HttpConnectionManager): RequestHandling {
    return {
      ...buildPipeline(manager, this.#side, { ...this.#deps, http: this.#stats }),
      now: fineNow,
      maxBodyBytes: this.#deps.maxBodyBytes,
      prepare: (exchange) => this.#prepare(exchange, manager),
      decorate: (exchange, response) => this.#decorate(exchange, response),
      draining: () => this.#draining,
    };
  }

  #prepare(exchange: Exchange, manager: HttpConnectionManager): void {
    const { record, downstream, line } = exchange;
    const ownId = this.#deps.certificate.current.spiffeId;
    record.ownPrincipal = undefined;
    setForwardingHeaders(exchange, manager, ownId);
    if (this.#side === 'inbound') {
      const header = line.headers[PEER_METADATA_HEADER];
      exchange.wantsPeerMetadata = header !== undefined;
      record.peer = this.#deps.peers.read(header);
      record.peerPrincipal = downstream.spiffeId;
      record.mutualTls = downstream.spiffeId !== undefined;
      if (record.mutualTls) record.ownPrincipal = ownId;
    } else {
      record.ownPrincipal = ownId;
      if (this.#deps.nodeType === 'sidecar') record.destination = { host: line.authority, name: line.authority, namespace: 'unknown' };
    }
  }

  #decorate(exchange: Exchange, response: ProxyResponse): void {
    const inbound = this.#side === 'inbound';
    response.headers['server'] = inbound || this.#deps.nodeType === 'router' ? 'istio-envoy' : 'envoy';
    if (inbound && exchange.wantsPeerMetadata) {
      response.headers[PEER_METADATA_HEADER] = this.#deps.ownMetadata.encoded;
      response.headers[PEER_METADATA_ID_HEADER] = this.#deps.ownMetadata.id;
    }
  }
}
