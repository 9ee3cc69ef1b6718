import type { Socket } from 'node:net';
import { Socket as NetSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { TcpProxy } from '#mesh-core/domain/envoy/network-filters.ts';
import { parseDuration } from '#mesh-core/domain/resources/go-duration.ts';
import type { Downstream } from '../http/exchange.ts';
import { peerSpiffeId } from '../identity/peer-identity.ts';
import type { ServiceDependencies } from '../listeners/connection-service.ts';
import type { TcpStats } from '../stats/scoped-stats.ts';
import type { RequestLogger } from '../telemetry/request-loggers.ts';
import type { RequestRecord, ResponseFlag } from '../telemetry/request-record.ts';
import type { ClusterRuntime } from '../upstream/cluster-runtime.ts';
import type { Endpoint } from '../upstream/endpoint.ts';
import { PEER_EXCHANGE } from '../tls/client-tls.ts';
import { exchangeGreetings } from './peer-exchange.ts';
import { joinConnections } from './join-connections.ts';
import type { TcpSeries } from './tcp-metrics.ts';

export type TcpConnectionDependencies = Pick<ServiceDependencies, 'clock' | 'clusterOf' | 'tcpMetrics' | 'accessLog' | 'onRefused'> & {
  readonly side: 'inbound' | 'outbound';
  /** What this proxy says of itself to a peer that exchanges metadata. */
  readonly greeting: () => Buffer;
  /** Of the chain's configuration. */
  readonly loggers: readonly RequestLogger[];
  /** Of the TCP proxy; absent for the tunnels of an HTTP proxy. */
  readonly stats?: TcpStats | undefined;
};

/** What of a TCP proxy's configuration concerns one connection. */
export type TcpSettings = Pick<TcpProxy, 'idleTimeout' | 'maxConnectAttempts' | 'hashPolicy' | 'maxDownstreamConnectionDuration'>;
/** A connection that asks for where it goes, by CONNECT. */
export interface TunnelEnds {
  /** Where a cluster without endpoints of its own (PassthroughCluster) connects to. */
  readonly authority: string;
  /** Runs before the first byte goes either way. */
  readonly onConnected: () => void;
  /** The client is told instead of being reset. */
  readonly onFailed: () => void;
}

const DEFAULT_IDLE_MS = 3_600_000;

/**
 * One TCP connection on its way to a cluster: admission, attempts to connect, then bytes both ways until the end, which is
 * recorded once. Nothing is read from the client before the upstream is there. Source: Envoy's tcp_proxy.
 */
export class TcpConnection {
  readonly #deps: TcpConnectionDependencies;
  readonly #client: Duplex;
  readonly #downstream: Downstream;
  readonly #record: RequestRecord;
  readonly #proxy: TcpSettings;
  readonly #tunnel: TunnelEnds | undefined;
  readonly #startedMs = performance.now();
  readonly #stats: TcpStats | undefined;
  readonly #tried = new Set<string>();
  readonly #start = (): void => this.#admitted();
  #cluster: ClusterRuntime | undefined;
  #hasPlace = false;
  #endpoint: Endpoint | undefined;
  #series: TcpSeries | undefined;
  #ended = false;
  #isCounted = false;
  #cancelDuration: (() => void) | undefined;

  constructor(deps: TcpConnectionDependencies, client: Duplex, downstream: Downstream, record: RequestRecord, proxy: TcpSettings, tunnel?: TunnelEnds) {
    this.#deps = deps;
    this.#stats = deps.stats;
    this.#client = client;
    this.#downstream = downstream;
    this.#record = record;
    this.#proxy = proxy;
    this.#tunnel = tunnel;
  }

  /** A policy says no: the connection is reset. */
  refuse(details: string): void {
    this.#record.terminationDetails = details;
    this.#deps.onRefused(details, this.#downstream);
    this.#end();
    resetConnection(this.#client);
  }

  begin(): void {
    const limitMs = parseDuration(this.#proxy.maxDownstreamConnectionDuration ?? '0s') ?? 0;
    if (limitMs > 0) this.#cancelDuration = this.#deps.clock.after(limitMs, () => this.#onTooLong());
    this.#client.on('error', () => {});
    if (this.#stats !== undefined) {
      this.#stats.counters.downstream_cx_total++;
      this.#stats.connectionsActive++;
      this.#isCounted = true;
    }
    this.#client.on('close', () => this.#onClientClosed());
    const cluster = this.#deps.clusterOf(this.#record.clusterName);
    if (cluster === undefined) {
      if (this.#stats !== undefined) this.#stats.counters.downstream_cx_no_route++;
      this.#fail('NC');
      return;
    }
    this.#cluster = cluster;
    this.#record.destination = cluster.service;
    const admission = cluster.breaker.enter(this.#start);
    if (admission === 'running') return;
    // Connections do not wait for a place as requests do.
    if (admission === 'waiting') cluster.breaker.leaveQueue(this.#start);
    cluster.stats.counters.upstream_cx_overflow++;
    this.#fail('UO');
  }

  #admitted(): void {
    this.#hasPlace = true;
    this.#connect();
  }

  #connect(): void {
    const cluster = this.#cluster;
    const authority = this.#tunnel?.authority ?? '';
    const isNowhere = cluster?.config.type === 'ORIGINAL_DST' && authority === '';
    const hashKey = (this.#proxy.hashPolicy ?? []).length > 0 ? this.#downstream.remoteAddress : undefined;
    const endpoint = isNowhere ? undefined : cluster?.pick({ authority, avoid: this.#tried, ...(hashKey === undefined ? {} : { hashKey }) });
    if (cluster === undefined || endpoint === undefined) {
      this.#fail('UH');
      return;
    }
    this.#tried.add(endpoint.key);
    this.#endpoint = endpoint;
    endpoint.active++;
    this.#record.attempts++;
    this.#record.upstreamHost = endpoint.key;
    if (this.#deps.side === 'outbound') this.#record.peer = endpoint.peer;
    endpoint.connectTcp((error, upstream) => {
      if (this.#ended) {
        upstream?.destroy();
        return;
      }
      cluster.report(endpoint, upstream === undefined ? 'local-failure' : 'connected');
      if (upstream !== undefined) cluster.report(endpoint, 'success');
      if (upstream !== undefined) this.#greet(upstream);
      else this.#onConnectFailure(error?.transport ?? '');
    });
  }

  #onConnectFailure(reason: string): void {
    this.#record.transportFailure = reason;
    if (this.#record.attempts < (this.#proxy.maxConnectAttempts ?? 1)) {
      this.#releaseEndpoint();
      this.#connect();
      return;
    }
    this.#record.flags.push('UF');
    this.#fail('URX');
  }

  #greet(upstream: Socket): void {
    const alpn = upstream instanceof TLSSocket ? upstream.alpnProtocol : false;
    if (alpn !== PEER_EXCHANGE) {
      this.#join(upstream);
      return;
    }
    exchangeGreetings(upstream, 'caller', this.#deps.greeting(), this.#deps.clock, (peer) => {
      if (this.#deps.side === 'outbound') this.#record.peer = peer ?? this.#record.peer;
      if (this.#ended) upstream.destroy();
      else this.#join(upstream);
    });
  }

  #join(upstream: Socket): void {
    const record = this.#record;
    record.upstreamLocal = `${upstream.localAddress ?? ''}:${upstream.localPort ?? 0}`;
    if (this.#deps.side === 'outbound' && this.#endpoint?.mesh === true && upstream instanceof TLSSocket) {
      record.peerPrincipal = peerSpiffeId(upstream);
      record.mutualTls = true;
    }
    const series = this.#deps.tcpMetrics.seriesOf(record, this.#reporter);
    this.#series = series;
    series.opened.value++;
    const counters = this.#stats?.counters;
    const idleMs = this.#proxy.idleTimeout === undefined ? DEFAULT_IDLE_MS : (parseDuration(this.#proxy.idleTimeout) ?? 0);
    this.#tunnel?.onConnected();
    joinConnections(this.#client, upstream, {
      clock: this.#deps.clock,
      idleMs: idleMs === 0 ? undefined : idleMs,
      onReceived: (bytes) => {
        record.bytesReceived += bytes;
        if (counters !== undefined) counters.downstream_cx_rx_bytes_total += bytes;
        series.received.value += bytes;
      },
      onSent: (bytes) => {
        record.bytesSent += bytes;
        if (counters !== undefined) counters.downstream_cx_tx_bytes_total += bytes;
        series.sent.value += bytes;
      },
      onEnd: (reason) => {
        if (reason === 'idle') {
          record.flags.push('SI');
          if (counters !== undefined) counters.idle_timeout++;
        }
        this.#end();
      },
    });
  }

  #onClientClosed(): void {
    if (this.#ended || this.#series !== undefined) return;
    this.#record.flags.push('DC');
    this.#end();
  }

  #onTooLong(): void {
    if (this.#ended) return;
    this.#record.flags.push('DT');
    if (this.#stats !== undefined) this.#stats.counters.max_downstream_connection_duration++;
    this.#client.destroy();
  }

  #fail(flag: ResponseFlag): void {
    this.#record.flags.push(flag);
    this.#end();
    if (this.#tunnel === undefined) resetConnection(this.#client);
    else this.#tunnel.onFailed();
  }

  /** Closes the books, once. */
  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#isCounted && this.#stats !== undefined) this.#stats.connectionsActive--;
    this.#releaseEndpoint();
    if (this.#hasPlace) this.#cluster?.breaker.release();
    this.#record.durationMs = performance.now() - this.#startedMs;
    const series = this.#deps.tcpMetrics.seriesOf(this.#record, this.#reporter);
    // Istio counts a connection that was refused as opened as well.
    if (this.#series === undefined) series.opened.value++;
    series.closed.value++;
    this.#cancelDuration?.();
    this.#deps.accessLog.add(this.#record);
    for (const logger of this.#deps.loggers) logger(this.#record);
  }

  get #reporter(): 'source' | 'destination' {
    return this.#deps.side === 'inbound' ? 'destination' : 'source';
  }

  #releaseEndpoint(): void {
    if (this.#endpoint === undefined) return;
    this.#endpoint.active--;
    this.#endpoint = undefined;
  }
}

/** Ends a connection so that the peer cannot take it for a regular end, as far as the transport can say so. */
function resetConnection(connection: Duplex): void {
  if (connection instanceof NetSocket && !(connection instanceof TLSSocket)) connection.resetAndDestroy();
  else connection.destroy();
}
