import { constants, performServerHandshake } from 'node:http2';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { Deadlines, Watched } from '../http/deadlines.ts';
import type { Downstream } from '../http/exchange.ts';
import { serveRequest } from '../http/serve-request.ts';
import type { RequestHandling } from '../http/serve-request.ts';
import { readFields } from './fields.ts';
import { FloodGuard } from './flood-guard.ts';
import type { FloodKind } from './flood-guard.ts';
import { Http2ServerStream } from './server-stream.ts';

export interface Http2ServerOptions {
  /** What to do with the next request. */
  readonly handling: () => RequestHandling;
  readonly downstream: Downstream;
  /** Told of what is no request, and of floods. */
  readonly onRefused: (reason: string) => void;
  readonly onClose: (connection: Http2ServerConnection) => void;
  readonly deadlines: Deadlines;
  /** Absent = Envoy's default. */
  readonly maxConcurrentStreams?: number;
}

const IDLE_MS = 3_600_000;
const MAX_CONCURRENT_STREAMS = 1024;
/** As of the HTTP/1.1 codec: Envoy's max_request_headers_kb and max_headers_count, with the pseudo-headers. */
const MAX_HEADER_BYTES = 60 * 1024;
const MAX_HEADER_FIELDS = 100 + 6;
const STREAM_WINDOW_BYTES = 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;
/** Hosts as the HTTP/1.1 codec takes them: RFC 3986 section 3.2. */
const HOST = /^[A-Za-z0-9\-._~%!$&'()*+,;=:[\]]*$/;

/**
 * One client's HTTP/2 connection. Node reads and writes the frames (its nghttp2 resets malformed streams and bounds
 * CONTINUATION frames, acknowledgements and invalid frames); floods of resets, pings and settings are counted here.
 * Sources: RFC 9113; Envoy's http2 codec.
 */
export class Http2ServerConnection implements Watched {
  deadlineMs: number;
  readonly #session: ServerHttp2Session;
  readonly #options: Http2ServerOptions;
  readonly #streams = new Set<Http2ServerStream>();
  readonly #guard = new FloodGuard();

  constructor(socket: Duplex, options: Http2ServerOptions) {
    this.#options = options;
    this.deadlineMs = options.deadlines.nowMs + IDLE_MS;
    this.#session = performServerHandshake(socket, {
      settings: { maxConcurrentStreams: options.maxConcurrentStreams ?? MAX_CONCURRENT_STREAMS, maxHeaderListSize: MAX_HEADER_BYTES, initialWindowSize: STREAM_WINDOW_BYTES, enablePush: false },
      maxHeaderListPairs: MAX_HEADER_FIELDS,
      maxSessionInvalidFrames: 100,
      maxSettings: 32,
      maxOutstandingPings: 10,
    });
    const session = this.#session;
    session.on('connect', () => session.setLocalWindowSize(CONNECTION_WINDOW_BYTES));
    session.on('stream', (stream, _headers, _flags, raw) => this.#onStream(stream, raw));
    session.on('ping', () => this.#count('ping'));
    session.on('remoteSettings', () => this.#count('settings'));
    session.on('error', (error) => this.#options.onRefused(`HTTP/2: ${error.message}`));
    session.on('close', () => this.#onClose());
    options.deadlines.add(this);
  }

  /** Asks the client to go elsewhere, with a GOAWAY; requests under way end. */
  drain(_idleMs?: number): void {
    if (!this.#session.closed) this.#session.close();
  }

  destroy(): void {
    this.#session.destroy();
  }

  onDeadline(): void {
    this.drain();
  }

  #onStream(stream: ServerHttp2Stream, raw: readonly string[]): void {
    this.deadlineMs = Infinity;
    const { downstream, handling } = this.#options;
    const served = new Http2ServerStream(stream, this.#options.deadlines, (ended) => this.#onStreamEnd(ended));
    this.#streams.add(served);
    const block = readFields(raw);
    const authority = block?.pseudo[':authority'] ?? (typeof block?.headers['host'] === 'string' ? block.headers['host'] : '');
    const { ':method': method = '', ':path': path = '' } = block?.pseudo ?? {};
    if (block === undefined || !HOST.test(authority) || (method !== 'CONNECT' && !path.startsWith('/') && path !== '*')) {
      this.#options.onRefused('malformed HTTP/2 request');
      served.refuse();
      return;
    }
    if (method === 'CONNECT') {
      stream.respond({ ':status': 405, 'content-length': 0 }, { endStream: true });
      return;
    }
    const { headers } = block;
    // :authority is the one that counts: RFC 9113 section 8.3.1.
    headers['host'] = authority;
    const body = served.takeBody();
    serveRequest(handling(), downstream, { method, target: path, host: authority, protocol: 'HTTP/2', headers, body, ...(body === undefined ? {} : { trailers: () => body.trailers }), upgrade: undefined }, served);
  }

  #onStreamEnd(stream: Http2ServerStream): void {
    this.#streams.delete(stream);
    if (this.#streams.size === 0) this.deadlineMs = this.#options.deadlines.nowMs + IDLE_MS;
    const resetByClient = stream.resetCode !== constants.NGHTTP2_NO_ERROR && !stream.broken;
    if (this.#guard.streamEnded(resetByClient, performance.now() - stream.openedMs)) this.#calm('too many streams reset too soon');
    else if (this.#options.handling().draining()) this.drain();
  }

  #count(kind: FloodKind): void {
    if (this.#guard.count(kind, performance.now())) this.#calm(`too many ${kind} frames`);
  }

  #calm(reason: string): void {
    if (this.#session.destroyed) return;
    // Its `error` event tells the reason.
    this.#session.destroy(new Error(reason), constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  #onClose(): void {
    this.#options.deadlines.remove(this);
    this.#options.onClose(this);
  }
}
