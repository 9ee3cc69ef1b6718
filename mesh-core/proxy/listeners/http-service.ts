import { createServer as createHttpServer } from 'node:http';
import type { Server as HttpServer } from 'node:http';
import type { Duplex } from 'node:stream';
import type { HttpConnectionManager } from '#mesh-core/domain/envoy/resources.ts';
import { createFineClock } from '#mesh-core/runtime/clock.ts';
import { answerConnect } from '../http/answer-connect.ts';
import type { Downstream, Exchange, ProxyResponse } from '../http/exchange.ts';
import { setForwardingHeaders } from '../http/forwarding-headers.ts';
import { serveNodeRequest, serveNodeUpgrade } from '../http/node-server-codec.ts';
import type { RequestHandling } from '../http/serve-request.ts';
import { PEER_METADATA_HEADER, PEER_METADATA_ID_HEADER } from '../telemetry/peer-metadata.ts';
import { buildPipeline } from './build-pipeline.ts';
import type { ConnectionService, ServiceDependencies } from './connection-service.ts';

const HOUR_MS = 3_600_000;
const MAX_HEADER_BYTES = 60 * 1024;
const fineNow = createFineClock();

/** Serves the connections of one HTTP filter chain. A new configuration holds for open connections from their next request on. */
export class HttpService implements ConnectionService {
  readonly #deps: ServiceDependencies;
  readonly #side: 'inbound' | 'outbound';
  readonly #http: HttpServer;
  readonly #downstreams = new WeakMap<Duplex, Downstream>();
  #manager: HttpConnectionManager;
  #handling: RequestHandling;
  #draining = false;

  constructor(manager: HttpConnectionManager, side: 'inbound' | 'outbound', deps: ServiceDependencies) {
    this.#deps = deps;
    this.#side = side;
    this.#manager = manager;
    this.#handling = this.#handlingOf(manager);
    this.#http = this.#createHttp();
  }

  /** Takes a new configuration. */
  update(manager: HttpConnectionManager): void {
    this.#manager = manager;
    this.#handling = this.#handlingOf(manager);
  }

  serve(socket: Duplex, downstream: Downstream): void {
    this.#downstreams.set(socket, downstream);
    this.#http.emit('connection', socket);
    // It may have been paused while its first bytes were looked at.
    socket.resume();
  }

  drain(): void {
    this.#draining = true;
    this.#http.closeIdleConnections();
  }

  close(): void {
    this.#http.close();
  }

  #createHttp(): HttpServer {
    const server = createHttpServer({ keepAliveTimeout: HOUR_MS, requestTimeout: 0, headersTimeout: 60_000, maxHeaderSize: MAX_HEADER_BYTES, noDelay: true, joinDuplicateHeaders: true, shouldUpgradeCallback: (request) => this.#accepts(request.headers.upgrade) });
    server.maxHeadersCount = 0;
    // It never listens itself; this starts its watch over slow headers and idle connections.
    server.emit('listening');
    server.on('request', (request, response) => {
      const downstream = this.#downstreams.get(request.socket);
      if (downstream === undefined) request.socket.destroy();
      else serveNodeRequest(this.#handling, downstream, request, response);
    });
    server.on('upgrade', (request, socket, head) => {
      const downstream = this.#downstreams.get(request.socket);
      if (downstream === undefined) socket.destroy();
      else serveNodeUpgrade(this.#handling, downstream, request, socket, head);
    });
    server.on('connect', (request, socket, head) => {
      answerConnect({ request, socket, head, accepts: this.#side === 'outbound' && this.#deps.nodeType === 'sidecar', serve: (tunnel) => this.#serveTunnel(request.socket, tunnel) });
    });
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => this.#onClientError(error, socket));
    return server;
  }

  /** The bytes inside a CONNECT tunnel are requests to this same listener. */
  #serveTunnel(outer: Duplex, tunnel: Duplex): void {
    const downstream = this.#downstreams.get(outer);
    if (downstream !== undefined) this.#downstreams.set(tunnel, downstream);
    this.#http.emit('connection', tunnel);
  }

  #onClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
    const downstream = this.#downstreams.get(socket);
    if (downstream !== undefined && error.code !== 'ECONNRESET') this.#deps.onRefused(`malformed request: ${error.code ?? error.message}`, downstream);
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request';
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  }

  #accepts(upgrade: string | undefined): boolean {
    const configs = this.#manager.upgradeConfigs ?? [];
    return upgrade !== undefined && configs.some((config) => config.upgradeType.toLowerCase() === upgrade.toLowerCase());
  }

  #handlingOf(manager: HttpConnectionManager): RequestHandling {
    return {
      dispatch: buildPipeline(manager, this.#side, this.#deps),
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
