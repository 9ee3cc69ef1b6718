import type { Socket } from 'node:net';
import { ConnectionBook } from './connection-book.ts';
import { ClusterCounters, ClusterManagerCounters, HostCounters, HttpCounters, ListenerCounters, ListenerManagerCounters, OutlierCounters, resetCounters, TcpCounters, TlsCounters } from './counters.ts';
import { LazyHistogram } from './lazy-histogram.ts';
import { ResponseCodes } from './response-codes.ts';
import { StatScopes } from './stat-scopes.ts';

/** What is counted of one cluster. */
export class ClusterStats {
  readonly counters = new ClusterCounters();
  readonly outliers = new OutlierCounters();
  readonly codes = new ResponseCodes();
  readonly connections = new ConnectionBook<Socket>();
  /** From when a request was sent on until its answer was complete. */
  readonly requestTime = new LazyHistogram();
  readonly connectTime = new LazyHistogram();

  reset(): void {
    for (const counters of [this.counters, this.outliers]) resetCounters(counters);
    for (const part of [this.codes, this.connections, this.requestTime, this.connectTime]) part.reset();
  }
}

/** What is counted of one host of a cluster. */
export class HostStats {
  readonly counters = new HostCounters();
  connectionsActive = 0;
}

/** What is counted of one listener. */
export class ListenerStats {
  readonly counters = new ListenerCounters();
  readonly tls = new TlsCounters();
  /** How long connections lasted. */
  readonly lifetime = new LazyHistogram();
  connectionsActive = 0;
  /** Connections whose first bytes are being looked at. */
  inspecting = 0;

  reset(): void {
    for (const counters of [this.counters, this.tls]) resetCounters(counters);
    this.lifetime.reset();
  }
}

/** What is counted of the HTTP connection managers with one prefix. */
export class HttpStats {
  readonly counters = new HttpCounters();
  readonly codes = new ResponseCodes();
  readonly connections = new ConnectionBook();
  readonly requestTime = new LazyHistogram();
  http1Active = 0;
  http2Active = 0;
  tlsActive = 0;
  requestsActive = 0;

  reset(): void {
    resetCounters(this.counters);
    for (const part of [this.codes, this.connections, this.requestTime]) part.reset();
  }
}

/** What is counted of the TCP proxies with one prefix. */
export class TcpStats {
  readonly counters = new TcpCounters();
  connectionsActive = 0;

  reset(): void {
    resetCounters(this.counters);
  }
}

/** What a proxy counts besides its clusters, which have their own. */
export class ProxyStats {
  readonly listeners = new StatScopes(() => new ListenerStats());
  readonly http = new StatScopes(() => new HttpStats());
  readonly tcp = new StatScopes(() => new TcpStats());
  readonly listenerManager = new ListenerManagerCounters();
  readonly clusterManager = new ClusterManagerCounters();

  reset(): void {
    for (const counters of [this.listenerManager, this.clusterManager]) resetCounters(counters);
    for (const [, stats] of [...this.listeners.entries, ...this.http.entries, ...this.tcp.entries]) stats.reset();
  }
}
