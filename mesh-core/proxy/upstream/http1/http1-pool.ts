import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Deadlines } from '../../http/deadlines.ts';
import { FieldWriter } from '../../http/http1/write-head.ts';
import type { SecretSource } from '../../identity/secret-source.ts';
import { peerSpiffeId } from '../../identity/peer-identity.ts';
import { connectEndpoint, connectFailure } from '../connect-endpoint.ts';
import type { ConnectTarget, TlsSessions } from '../connect-endpoint.ts';
import type { ConnectionPool, UpstreamConnection, UpstreamHandlers, UpstreamRequest, UpstreamStream } from '../connection-pool.ts';
import { countRequest } from '../count-connection.ts';
import { Http1ClientConnection } from './client-connection.ts';
import type { ConnectionOwner } from './client-connection.ts';
import { requestHead } from './request-head.ts';
import { Http1UpstreamStream } from './upstream-stream.ts';

const MAX_IDLE_CONNECTIONS = 256;

export interface Http1PoolOptions {
  readonly target: ConnectTarget;
  readonly secrets: SecretSource;
  /** How long a connection is kept that carries nothing. */
  readonly idleMs: number;
  readonly deadlines: Deadlines;
  /** After so many requests a connection is closed; absent = never. */
  readonly maxRequestsPerConnection?: number;
  /** A connection this old takes no more requests; absent = for ever. */
  readonly maxAgeMs?: number;
}

/** The HTTP/1.1 connections to one endpoint; the one used last is used next, so that the others can go. */
export class Http1Pool implements ConnectionPool, ConnectionOwner {
  readonly #options: Http1PoolOptions;
  readonly #fields = new FieldWriter();
  readonly #idle: Http1ClientConnection[] = [];
  #retired = false;
  #connections = 0;

  readonly #target: ConnectTarget;
  readonly #stopWatching: () => void;

  constructor(options: Http1PoolOptions) {
    this.#options = options;
    const sessions: TlsSessions = { latest: undefined };
    this.#target = { ...options.target, sessions };
    // A session vouches for the certificates of its time.
    this.#stopWatching = options.secrets.onChange(() => (sessions.latest = undefined));
  }

  get connections(): number {
    return this.#connections;
  }

  send(request: UpstreamRequest, handlers: UpstreamHandlers): UpstreamStream {
    const head = requestHead(request, this.#fields);
    const stream = new Http1UpstreamStream(request, head ?? { text: '', chunked: false }, handlers);
    if (head === undefined) setImmediate(() => stream.fail({ kind: 'invalid', message: 'the request cannot be written in HTTP/1.1' }));
    else {
      const kept = this.#idle.pop();
      if (kept === undefined) {
        if (this.#target.stats !== undefined) this.#target.stats.cluster.counters.upstream_rq_pending_total++;
        this.#connect(stream);
      } else this.#start(kept, stream);
    }
    return stream;
  }

  retire(): void {
    this.#retired = true;
    this.#stopWatching();
    for (const connection of this.#idle.splice(0)) connection.close();
  }

  onFree(connection: Http1ClientConnection): void {
    if (this.#retired || this.#idle.length >= MAX_IDLE_CONNECTIONS || connection.served >= (this.#options.maxRequestsPerConnection ?? Infinity) || connection.ageMs >= (this.#options.maxAgeMs ?? Infinity)) {
      connection.close();
      return;
    }
    connection.idleFor(this.#options.idleMs);
    this.#idle.push(connection);
  }

  onClosed(connection: Http1ClientConnection): void {
    this.#connections--;
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  #connect(stream: Http1UpstreamStream): void {
    connectEndpoint(this.#target, this.#options.secrets, (error, socket) => {
      if (socket === undefined) {
        stream.fail(connectFailure(error));
        return;
      }
      this.#connections++;
      const connection = new Http1ClientConnection(socket, aboutConnection(socket), this, this.#options.deadlines);
      // Given up meanwhile: the connection serves the next one.
      if (stream.destroyed) this.onFree(connection);
      else this.#start(connection, stream);
    });
  }

  #start(connection: Http1ClientConnection, stream: Http1UpstreamStream): void {
    countRequest(this.#target.stats);
    connection.start(stream);
  }
}

function aboutConnection(socket: Socket): UpstreamConnection {
  const localAddress = `${socket.localAddress ?? ''}:${socket.localPort ?? 0}`;
  // Safe because only TLS sockets carry `encrypted`.
  return { localAddress, spiffeId: 'encrypted' in socket ? peerSpiffeId(socket as TLSSocket) : undefined };
}
