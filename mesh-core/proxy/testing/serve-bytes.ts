import { duplexPair } from 'node:stream';
import type { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import { Deadlines } from '../http/deadlines.ts';
import type { Dispatch, Exchange } from '../http/exchange.ts';
import type { RequestHandling } from '../http/serve-request.ts';
import { Http1ServerConnection } from '../http/http1/server-connection.ts';
import type { ServerConnectionOptions } from '../http/http1/server-connection.ts';

/** A request as the filters saw it, read to its end. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly trailers: Readonly<Record<string, string | string[] | undefined>>;
}
export interface ServedBytes {
  readonly seen: SeenRequest[];
  readonly records: Exchange['record'][];
  readonly client: Duplex;
  readonly connection: Http1ServerConnection;
  /** All that the client has been sent, one character a byte. */
  text(): string;
  closed(): boolean;
}
export interface ServeOptions {
  /** Default: reads the request to its end, then answers 200 with its body. */
  readonly dispatch?: Dispatch;
  readonly clock?: Clock;
  readonly connection?: Pick<ServerConnectionOptions, 'timeouts' | 'maxRequests' | 'underscores'>;
  readonly onConnect?: (authority: string, socket: Duplex) => void;
}

/** A connection of our own codec over memory, for tests: `client` is its other end. */
export function serveBytes(options: ServeOptions = {}): ServedBytes {
  const [client, server] = duplexPair();
  const seen: SeenRequest[] = [];
  const records: Exchange['record'][] = [];
  let text = '';
  let closed = false;
  client.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')));
  client.on('end', () => (closed = true));
  client.on('close', () => (closed = true));
  client.on('error', () => {});
  const echo: Dispatch = (exchange, respond) => {
    const { line, body, trailers } = exchange;
    const finish = (bytes: Buffer): void => {
      seen.push({ method: line.method, path: line.path, authority: line.authority, headers: { ...line.headers }, body: bytes.toString('latin1'), trailers: { ...trailers?.() } });
      respond({ status: 200, headers: {}, body: bytes });
    };
    if (body === undefined || Buffer.isBuffer(body)) {
      finish(body ?? Buffer.alloc(0));
      return;
    }
    const pieces: Buffer[] = [];
    body.on('data', (piece: Buffer) => pieces.push(piece));
    body.on('end', () => finish(Buffer.concat(pieces)));
  };
  const handling: RequestHandling = {
    dispatch: (exchange, respond) => {
      records.push(exchange.record);
      (options.dispatch ?? echo)(exchange, respond);
    },
    register: (exchange) => exchange.onDone((record) => records.push(record)),
    now: () => 0,
    maxBodyBytes: undefined,
    prepare: () => {},
    decorate: () => {},
    draining: () => false,
  };
  const connection = new Http1ServerConnection(server, {
    handling: () => handling,
    downstream: { remoteAddress: '10.0.0.1', remotePort: 1000, localAddress: '10.0.0.2', localPort: 80, tls: false, spiffeId: undefined, serverName: '', certificateHash: undefined },
    acceptsUpgrade: (protocol) => protocol === 'websocket',
    onConnect: options.onConnect,
    onRefused: () => {},
    onClose: () => {},
    deadlines: new Deadlines(options.clock ?? systemClock),
    ...options.connection,
  });
  return { seen, records, client, connection, text: () => text, closed: () => closed };
}

/** Sends the pieces one after another and lets everything settle. */
export async function sendPieces(served: ServedBytes, pieces: readonly (string | Buffer)[]): Promise<void> {
  for (const piece of pieces) {
    if (served.client.writable) served.client.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
    await turn();
  }
  for (let i = 0; i < 8; i++) await turn();
}

/** Cuts bytes at the given places (0..1 of their length). */
export function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [0, ...places.map((place) => Math.floor(place * bytes.length)).toSorted((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((end, i) => bytes.subarray(cuts[i], end)).filter((piece) => piece.length > 0);
}
