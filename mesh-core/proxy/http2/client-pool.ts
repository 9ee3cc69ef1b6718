import { connect as connectHttp2 } from 'node:http2';
import type { ClientHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Deadlines, Watched } from '../http/deadlines.ts';
import { peerSpiffeId } from '../identity/peer-identity.ts';
import type { SecretSource } from '../identity/secret-source.ts';
import { connectEndpoint, connectFailure } from '../upstream/connect-endpoint.ts';
import type { ConnectTarget } from '../upstream/connect-endpoint.ts';
import { countRequest } from '../upstream/count-connection.ts';
import type { ConnectionPool, UpstreamConnection, UpstreamHandlers, UpstreamRequest, UpstreamStream } from '../upstream/connection-pool.ts';
import { Http2UpstreamStream } from './client-stream.ts';

export interface Http2PoolOptions {
  readonly target: ConnectTarget;
  readonly secrets: SecretSource;
  /** How long a connection is kept that carries nothing. */
  readonly idleMs: number;
  readonly deadlines: Deadlines;
  /** Of one connection, if the upstream allows as many; absent = Envoy's default. */
  readonly maxConcurrentStreams?: number;
  /** After so many requests a connection is closed; absent = never. */
  readonly maxRequestsPerConnection?: number;
}

const MAX_CONCURRENT_STREAMS = 1024;
const STREAM_WINDOW_BYTES = 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;
const MAX_HEADER_BYTES = 64 * 1024;

/**
 * The HTTP/2 connections to one endpoint: as many requests at once on each as the upstream allows, another connection when
 * it is full. A connection that says GOAWAY takes no more requests; what it had not begun is reported as refused.
 */
export class Http2Pool implements ConnectionPool {
  readonly #options: Http2PoolOptions;
  readonly #sessions = new Set<PooledSession>();
  readonly #waiting: Http2UpstreamStream[] = [];
  #connecting = 0;
  #retired = false;

  constructor(options: Http2PoolOptions) {
    this.#options = options;
  }

  get connections(): number {
    return this.#sessions.size;
  }

  send(request: UpstreamRequest, handlers: UpstreamHandlers): UpstreamStream {
    const stream = new Http2UpstreamStream(request, handlers, this.#options.target.tls === undefined ? 'http' : 'https');
    if (!this.#place(stream) && this.#options.target.stats !== undefined) this.#options.target.stats.cluster.counters.upstream_rq_pending_total++;
    return stream;
  }

  retire(): void {
    this.#retired = true;
    for (const session of this.#sessions) session.leave();
  }

  /** Puts a request on a connection (true), or lets it wait for one. */
  #place(stream: Http2UpstreamStream): boolean {
    for (const session of this.#sessions) if (session.take(stream)) return true;
    this.#waiting.push(stream);
    // One connection at a time until it is known how much it can carry, unless more wait than one ever could.
    if (this.#connecting === 0 || this.#waiting.length > this.#connecting * (this.#options.maxConcurrentStreams ?? MAX_CONCURRENT_STREAMS)) this.#connect();
    return false;
  }

  #connect(): void {
    this.#connecting++;
    connectEndpoint(this.#options.target, this.#options.secrets, (error, socket) => {
      this.#connecting--;
      if (socket === undefined) {
        for (const stream of this.#waiting.splice(0)) stream.fail(connectFailure(error));
        return;
      }
      const session = new PooledSession(socket, this.#options, {
        onRoom: () => this.#placeWaiting(),
        onGone: (gone) => this.#sessions.delete(gone),
      });
      this.#sessions.add(session);
      this.#placeWaiting();
      if (this.#retired) session.leave();
    });
  }

  #placeWaiting(): void {
    for (const stream of this.#waiting.splice(0)) if (!stream.destroyed) this.#place(stream);
  }
}

/** One connection of a pool. */
class PooledSession implements Watched {
  deadlineMs = Infinity;
  readonly #session: ClientHttp2Session;
  readonly #about: UpstreamConnection;
  readonly #options: Http2PoolOptions;
  readonly #events: { readonly onRoom: () => void; readonly onGone: (session: PooledSession) => void };
  #active = 0;
  #served = 0;
  #leaving = false;
  /** Has the connection ended under its streams? */
  #lost = false;

  constructor(socket: Socket, options: Http2PoolOptions, events: { readonly onRoom: () => void; readonly onGone: (session: PooledSession) => void }) {
    this.#options = options;
    this.#events = events;
    this.#about = { localAddress: `${socket.localAddress ?? ''}:${socket.localPort ?? 0}`, spiffeId: socket instanceof TLSSocket ? peerSpiffeId(socket) : undefined };
    this.#session = connectHttp2('http://upstream', {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES, maxHeaderListSize: MAX_HEADER_BYTES },
      // Before the upstream has told its own limit.
      peerMaxConcurrentStreams: 100,
    });
    const session = this.#session;
    for (const event of ['end', 'close']) socket.on(event, () => (this.#lost = true));
    session.on('connect', () => {
      if (!session.destroyed) session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    });
    session.on('remoteSettings', () => this.#events.onRoom());
    session.on('goaway', () => (this.#leaving = true));
    // What it carried is told of the end by its streams.
    session.on('error', () => {});
    session.on('close', () => {
      options.deadlines.remove(this);
      this.#events.onGone(this);
      this.#events.onRoom();
    });
    options.deadlines.add(this);
    this.#idle();
  }

  /** Takes a request if there is room. */
  take(stream: Http2UpstreamStream): boolean {
    const session = this.#session;
    const limit = Math.min(this.#options.maxConcurrentStreams ?? MAX_CONCURRENT_STREAMS, session.remoteSettings?.maxConcurrentStreams ?? 100);
    if (this.#leaving || session.closed || session.destroyed || this.#active >= limit) return false;
    this.#active++;
    this.#served++;
    this.deadlineMs = Infinity;
    if (this.#served >= (this.#options.maxRequestsPerConnection ?? Infinity)) this.#leaving = true;
    countRequest(this.#options.target.stats);
    stream.startOn(session, this.#about, { onClosed: () => this.#onStreamClosed(), isLost: () => this.#lost || session.destroyed });
    return true;
  }

  /** Takes no more requests and closes when those under way have ended. */
  leave(): void {
    this.#leaving = true;
    // Node would refuse what is begun, but not yet sent.
    if (this.#active === 0 && !this.#session.closed) this.#session.close();
  }

  onDeadline(): void {
    this.leave();
  }

  #onStreamClosed(): void {
    this.#active--;
    if (this.#leaving && this.#active === 0) this.leave();
    else if (this.#active === 0) this.#idle();
    this.#events.onRoom();
  }

  #idle(): void {
    this.deadlineMs = this.#options.deadlines.nowMs + this.#options.idleMs;
  }
}
