import { Agent, request as httpRequest } from 'node:http';
import type { ClientRequest, ClientRequestArgs, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { SecretSource } from '../identity/secret-source.ts';
import { peerSpiffeId } from '../identity/peer-identity.ts';
import { connectEndpoint, ConnectFailure } from './connect-endpoint.ts';
import type { ConnectTarget } from './connect-endpoint.ts';
import type { ConnectionPool, UpstreamConnection, UpstreamFailure, UpstreamHandlers, UpstreamRequest, UpstreamResponse, UpstreamStream } from './connection-pool.ts';

const MAX_IDLE_CONNECTIONS = 256;
const MAX_HEADER_BYTES = 64 * 1024;

/** Connections to one endpoint, kept by Node's agent. */
export class NodePool implements ConnectionPool {
  readonly #target: ConnectTarget;
  readonly #agent: EndpointAgent;

  constructor(target: ConnectTarget, secrets: SecretSource, idleMs: number) {
    this.#target = target;
    this.#agent = new EndpointAgent(target, secrets, idleMs);
  }

  get connections(): number {
    return this.#agent.connections;
  }

  retire(): void {
    this.#agent.retire();
  }

  send(request: UpstreamRequest, handlers: UpstreamHandlers): UpstreamStream {
    let settled = false;
    const settle = (): boolean => !settled && (settled = true);
    const fail = (failure: UpstreamFailure): void => {
      if (settle()) handlers.onFailure(failure);
    };
    let upstream: ClientRequest;
    try {
      upstream = httpRequest({
        agent: this.#agent,
        host: this.#target.address,
        port: this.#target.port,
        method: request.method,
        path: request.path,
        headers: request.upgrade === undefined ? request.headers : { ...request.headers, connection: 'upgrade', upgrade: request.upgrade },
        setHost: false,
        maxHeaderSize: MAX_HEADER_BYTES,
      });
    } catch (error) {
      setImmediate(fail, { kind: 'invalid', message: String(error) });
      return NOTHING;
    }
    upstream.setNoDelay(true);
    upstream.on('socket', (socket) => handlers.onConnection(connectionOf(socket)));
    upstream.on('information', ({ statusCode, headers }) => {
      if (statusCode !== 100) handlers.onInterim(statusCode, headers);
    });
    upstream.on('response', (response) => {
      // Its `close` says the same; an error without a listener would end the process.
      response.on('error', () => {});
      if (settle()) handlers.onResponse(responseOf(response));
    });
    upstream.on('upgrade', (response, socket, head) => {
      if (settle()) handlers.onUpgrade(responseOf(response), socket, head);
    });
    upstream.on('error', (error: NodeJS.ErrnoException) => fail(failureOf(error, upstream)));
    upstream.on('close', () => fail({ kind: 'reset', message: 'connection termination' }));
    if (request.body !== 'streamed') upstream.end(request.body);
    return new NodeStream(upstream);
  }
}

class NodeStream implements UpstreamStream {
  readonly #request: ClientRequest;
  #onDrain: (() => void) | undefined;

  constructor(request: ClientRequest) {
    this.#request = request;
  }
  get needsDrain(): boolean {
    return this.#request.writableNeedDrain;
  }
  get pendingBytes(): number {
    return this.#request.writableLength;
  }
  get destroyed(): boolean {
    return this.#request.destroyed;
  }
  write(piece: Buffer): boolean {
    return this.#request.write(piece);
  }
  onDrain(fn: () => void): void {
    if (this.#onDrain === undefined) this.#request.on('drain', () => this.#onDrain?.());
    this.#onDrain = fn;
  }
  end(): void {
    this.#request.end();
  }
  destroy(): void {
    this.#request.destroy();
  }
}

const NOTHING: UpstreamStream = { write: () => true, onDrain: () => {}, end: () => {}, destroy: () => {}, needsDrain: false, pendingBytes: 0, destroyed: true };

class EndpointAgent extends Agent {
  readonly #target: ConnectTarget;
  readonly #secrets: SecretSource;
  #retired = false;
  connections = 0;

  constructor(target: ConnectTarget, secrets: SecretSource, idleMs: number) {
    super({ keepAlive: true, maxFreeSockets: MAX_IDLE_CONNECTIONS, timeout: idleMs, scheduling: 'lifo' });
    this.#target = target;
    this.#secrets = secrets;
  }

  override createConnection(_options: ClientRequestArgs, callback?: (error: Error | null, socket: Duplex) => void): null {
    connectEndpoint(this.#target, this.#secrets, (error, socket) => {
      if (socket === undefined) {
        // Safe because Node's agent looks at the error first; its type has no socket-less form.
        callback?.(error, undefined as unknown as Duplex);
        return;
      }
      this.connections++;
      socket.once('close', () => this.connections--);
      callback?.(null, socket);
    });
    return null;
  }

  /** All connections of one agent go to the same place. */
  override getName(): string {
    return 'endpoint';
  }

  override keepSocketAlive(socket: Duplex): boolean {
    // Node's agent gives a boolean here; its type says void.
    const kept: unknown = super.keepSocketAlive(socket);
    return !this.#retired && kept !== false;
  }

  retire(): void {
    this.#retired = true;
    for (const sockets of Object.values(this.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }
}

const connectionsSeen = new WeakMap<Duplex, UpstreamConnection>();

function connectionOf(socket: Duplex): UpstreamConnection {
  const known = connectionsSeen.get(socket);
  if (known !== undefined) return known;
  const localAddress = 'localAddress' in socket && 'localPort' in socket ? `${String(socket.localAddress)}:${String(socket.localPort)}` : '';
  // Safe because only TLS sockets carry `encrypted`.
  const made = { localAddress, spiffeId: 'encrypted' in socket ? peerSpiffeId(socket as TLSSocket) : undefined };
  connectionsSeen.set(socket, made);
  return made;
}

function responseOf(response: IncomingMessage): UpstreamResponse {
  return { status: response.statusCode ?? 502, headers: { ...response.headers }, body: response, trailers: () => response.trailers };
}

function failureOf(error: NodeJS.ErrnoException, upstream: ClientRequest): UpstreamFailure {
  if (error instanceof ConnectFailure) return { kind: 'connect-failure', message: error.message };
  if (error.code?.startsWith('HPE_') === true) return { kind: 'protocol-error', message: 'protocol error' };
  return { kind: upstream.reusedSocket ? 'reset-before-request' : 'reset', message: 'connection termination' };
}
