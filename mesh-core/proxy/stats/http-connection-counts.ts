import type { Duplex } from 'node:stream';
import type { CountedConnection } from './connection-book.ts';
import type { HttpStats } from './scoped-stats.ts';

/** Counts one connection of a client that speaks HTTP, from its beginning on. */
export class HttpConnectionCounts {
  readonly #stats: HttpStats;
  readonly #socket: Duplex & CountedConnection;
  readonly #isHttp2: boolean;
  readonly #isTls: boolean;

  constructor(stats: HttpStats, socket: Duplex & CountedConnection, codec: 'http1' | 'http2', isTls: boolean) {
    this.#stats = stats;
    this.#socket = socket;
    this.#isHttp2 = codec === 'http2';
    this.#isTls = isTls;
    const { counters } = stats;
    counters.downstream_cx_total++;
    stats.connections.opened(socket);
    if (this.#isHttp2) counters.downstream_cx_http2_total++;
    else counters.downstream_cx_http1_total++;
    if (isTls) counters.downstream_cx_ssl_total++;
    this.#changeActive(1);
  }

  /** What came is no request. */
  refused(): void {
    this.#stats.counters.downstream_cx_protocol_error++;
  }

  /** It is closed: to be told once. */
  closed(): void {
    const { counters, connections } = this.#stats;
    counters.downstream_cx_destroy++;
    if (this.#socket.readableEnded || this.#socket.errored !== null) counters.downstream_cx_destroy_remote++;
    else counters.downstream_cx_destroy_local++;
    connections.closed(this.#socket);
    this.#changeActive(-1);
  }

  #changeActive(change: 1 | -1): void {
    if (this.#isHttp2) this.#stats.http2Active += change;
    else this.#stats.http1Active += change;
    if (this.#isTls) this.#stats.tlsActive += change;
  }
}
