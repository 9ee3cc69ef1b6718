import { createServer as createHttpServer } from 'node:http';
import type { Server as HttpServer } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Listener } from '#mesh-core/domain/envoy/resources.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { answerConnect } from '../http/answer-connect.ts';
import type { Dispatch, Downstream, Exchange, ProxyResponse } from '../http/exchange.ts';
import { setForwardingHeaders } from '../http/forwarding-headers.ts';
import { serveNodeRequest, serveNodeUpgrade } from '../http/node-server-codec.ts';
import type { RequestHandling } from '../http/serve-request.ts';
import type { SecretSource } from '../identity/secret-source.ts';
import type { WorkloadCertificate } from '../identity/workload-certificate.ts';
import { PEER_METADATA_HEADER, PEER_METADATA_ID_HEADER } from '../telemetry/peer-metadata.ts';
import { buildPipeline } from './build-pipeline.ts';
import type { PipelineDependencies } from './build-pipeline.ts';
import { chainsOf } from './filter-chains.ts';
import type { Chain } from './filter-chains.ts';
import { sniffTls } from './sniff-tls.ts';
import { createFineClock } from '#mesh-core/runtime/clock.ts';
import { TlsTerminator } from './tls-terminator.ts';

const fineNow = createFineClock();

export interface ListenerDependencies extends PipelineDependencies {
  readonly certificate: WorkloadCertificate;
  /** Certificates of servers other than this workload's own, by SDS name. */
  readonly secrets: SecretSource;
  readonly nodeType: 'sidecar' | 'router';
  readonly clock: Clock;
  readonly log: Logger;
  readonly maxBodyBytes: number | undefined;
  /** Refused at the door: malformed requests, handshakes that fail. */
  readonly onRefused: (reason: string, downstream: Downstream) => void;
}
interface ActiveChain {
  readonly chain: Chain;
  readonly dispatch: Dispatch;
}

const HOUR_MS = 3_600_000;
const MAX_HEADER_BYTES = 60 * 1024;
/** With what comes after it this keeps a whole leave near three seconds at worst. */
const DRAIN_MS = 1200;
const BACKLOG = 1024;

/**
 * One bound port. Tells TLS from plain connections by their first byte, terminates TLS, and serves HTTP/1.1 with the chain
 * for that kind. A new configuration applies to connections already open as well, from their next request on.
 */
export class ListenerRuntime {
  readonly #deps: ListenerDependencies;
  readonly #server: Server;
  readonly #http: { readonly tls: HttpServer; readonly plain: HttpServer };
  readonly #sockets = new Set<Socket>();
  readonly #downstreams = new WeakMap<Duplex, Downstream>();
  #listener: Listener;
  #chains: { tls: ActiveChain | undefined; plain: ActiveChain | undefined } = { tls: undefined, plain: undefined };
  #terminator: TlsTerminator | undefined;
  #draining = false;
  #closing: Promise<void> | undefined;

  constructor(listener: Listener, deps: ListenerDependencies) {
    this.#listener = listener;
    this.#deps = deps;
    this.#http = { tls: this.#createHttp('tls'), plain: this.#createHttp('plain') };
    this.#server = createNetServer({ noDelay: true, pauseOnConnect: false }, (socket) => this.#onConnection(socket));
    this.update(listener);
  }

  get config(): Listener {
    return this.#listener;
  }

  /** Binds the port of the configuration, or takes over `held`, a socket that is bound to it. Rejects when it cannot be bound. */
  listen(held?: Server): Promise<AddressInfo> {
    const { address, portValue } = this.#listener.address.socketAddress;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      const onListening = (): void => {
        // A held socket does not keep the process alive; a listener does.
        this.#server.ref();
        this.#server.off('error', reject);
        this.#server.on('error', (error) => this.#deps.log.error({ listener: this.#listener.name, error: String(error) }, 'listener error'));
        resolve(this.#server.address() as AddressInfo);
      };
      if (held === undefined) this.#server.listen({ host: address, port: portValue, backlog: BACKLOG }, onListening);
      else this.#server.listen(held, BACKLOG, onListening);
    });
  }

  /** Takes a new configuration for the same address; no connection is dropped unless its kind is no longer accepted. */
  update(listener: Listener): void {
    this.#listener = listener;
    const chains = chainsOf(listener);
    const side = listener.trafficDirection === 'INBOUND' ? 'inbound' : 'outbound';
    const activate = (chain: Chain | undefined): ActiveChain | undefined => (chain === undefined ? undefined : { chain, dispatch: buildPipeline(chain.manager, side, this.#deps) });
    this.#chains = { tls: activate(chains.tls), plain: activate(chains.plain) };
    const before = this.#terminator;
    this.#terminator = chains.tls?.tls === undefined ? undefined : new TlsTerminator(chains.tls.tls, this.#deps.certificate, (socket, spiffeId, hash) => this.#onSecure(socket, spiffeId, hash), (socket, reason) => this.#deps.onRefused(reason, describeSocket(socket)));
    before?.close();
  }

  /** Stops accepting, asks clients to close, and ends what is left after 1.2 s. */
  close(): Promise<void> {
    return (this.#closing ??= this.#drain());
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#http.tls.closeIdleConnections();
    this.#http.plain.closeIdleConnections();
    const cancel = this.#deps.clock.after(DRAIN_MS, () => {
      for (const socket of this.#sockets) socket.destroy();
    });
    await closed;
    cancel();
    this.#terminator?.close();
    this.#http.tls.close();
    this.#http.plain.close();
  }

  #onConnection(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    if (this.#terminator === undefined) {
      this.#servePlain(socket);
      return;
    }
    sniffTls(socket, this.#deps.clock, (kind) => {
      if (kind === 'tls') this.#terminator?.accept(socket);
      else if (kind === 'plain') {
        this.#servePlain(socket);
        // It was paused while its first byte was looked at.
        socket.resume();
      }
    });
  }

  #servePlain(socket: Socket): void {
    if (this.#chains.plain === undefined) {
      // No filter chain for plain text: STRICT mutual TLS. Envoy resets such a connection.
      this.#deps.onRefused('plain text refused: this listener accepts mutual TLS only', describeSocket(socket));
      socket.resetAndDestroy();
      return;
    }
    this.#downstreams.set(socket, describeSocket(socket));
    this.#http.plain.emit('connection', socket);
  }

  #onSecure(socket: Duplex & { servername?: unknown }, spiffeId: string | undefined, certificateHash: string | undefined): void {
    const described = 'remoteAddress' in socket ? describeSocket(socket as unknown as Socket) : undefined;
    if (described === undefined) return;
    this.#downstreams.set(socket, { ...described, tls: true, spiffeId, certificateHash, serverName: typeof socket.servername === 'string' ? socket.servername : '' });
    this.#http.tls.emit('connection', socket);
  }

  #createHttp(kind: 'tls' | 'plain'): HttpServer {
    const server = createHttpServer({ keepAliveTimeout: HOUR_MS, requestTimeout: 0, headersTimeout: 60_000, maxHeaderSize: MAX_HEADER_BYTES, noDelay: true, joinDuplicateHeaders: true, shouldUpgradeCallback: (request) => this.#accepts(kind, request.headers.upgrade) });
    server.maxHeadersCount = 0;
    // It never listens itself; this starts its watch over slow headers and idle connections.
    server.emit('listening');
    server.on('request', (request, response) => {
      const handling = this.#handling(kind);
      const downstream = this.#downstreams.get(request.socket);
      if (handling === undefined || downstream === undefined) request.socket.destroy();
      else serveNodeRequest(handling, downstream, request, response);
    });
    server.on('upgrade', (request, socket, head) => {
      const handling = this.#handling(kind);
      const downstream = this.#downstreams.get(request.socket);
      if (handling === undefined || downstream === undefined) socket.destroy();
      else serveNodeUpgrade(handling, downstream, request, socket, head);
    });
    server.on('connect', (request, socket, head) => {
      answerConnect({ request, socket, head, accepts: this.#listener.trafficDirection !== 'INBOUND' && this.#deps.nodeType === 'sidecar', serve: (tunnel) => this.#serveTunnel(request.socket, tunnel) });
    });
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => this.#onClientError(error, socket));
    return server;
  }

  /** The bytes inside a CONNECT tunnel are requests to this same listener. */
  #serveTunnel(outer: Duplex, tunnel: Duplex): void {
    const downstream = this.#downstreams.get(outer);
    if (downstream !== undefined) this.#downstreams.set(tunnel, downstream);
    this.#http.plain.emit('connection', tunnel);
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

  #accepts(kind: 'tls' | 'plain', upgrade: string | undefined): boolean {
    const configs = this.#chains[kind]?.chain.manager.upgradeConfigs ?? [];
    return upgrade !== undefined && configs.some((config) => config.upgradeType.toLowerCase() === upgrade.toLowerCase());
  }

  #handling(kind: 'tls' | 'plain'): RequestHandling | undefined {
    const active = this.#chains[kind];
    if (active === undefined) return undefined;
    return {
      dispatch: active.dispatch,
      now: fineNow,
      maxBodyBytes: this.#deps.maxBodyBytes,
      prepare: (exchange) => this.#prepare(exchange, active.chain),
      decorate: (exchange, response) => this.#decorate(exchange, response),
      draining: () => this.#draining,
    };
  }

  #prepare(exchange: Exchange, { manager }: Chain): void {
    const { record, downstream, line } = exchange;
    record.ownPrincipal = undefined;
    setForwardingHeaders(exchange, manager, this.#deps.certificate.current.spiffeId);
    if (this.#listener.trafficDirection === 'INBOUND') {
      const header = line.headers[PEER_METADATA_HEADER];
      exchange.wantsPeerMetadata = header !== undefined;
      record.peer = this.#deps.peers.read(header);
      record.peerPrincipal = downstream.spiffeId;
      record.mutualTls = downstream.spiffeId !== undefined;
      if (record.mutualTls) record.ownPrincipal = this.#deps.certificate.current.spiffeId;
    } else {
      record.ownPrincipal = this.#deps.certificate.current.spiffeId;
      if (this.#deps.nodeType === 'sidecar') record.destination = { host: line.authority, name: line.authority, namespace: 'unknown' };
    }
  }

  #decorate(exchange: Exchange, response: ProxyResponse): void {
    const inbound = this.#listener.trafficDirection === 'INBOUND';
    response.headers['server'] = inbound || this.#deps.nodeType === 'router' ? 'istio-envoy' : 'envoy';
    if (inbound && exchange.wantsPeerMetadata) {
      response.headers[PEER_METADATA_HEADER] = this.#deps.ownMetadata.encoded;
      response.headers[PEER_METADATA_ID_HEADER] = this.#deps.ownMetadata.id;
    }
  }
}

function describeSocket(socket: Socket): Downstream {
  return { remoteAddress: socket.remoteAddress ?? '', remotePort: socket.remotePort ?? 0, localAddress: socket.localAddress ?? '', localPort: socket.localPort ?? 0, tls: false, spiffeId: undefined, serverName: '', certificateHash: undefined };
}
