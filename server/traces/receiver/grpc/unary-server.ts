import { createServer, constants, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { RPC_CODES, type RpcStatus } from '#server/traces/otlp/responses.ts';
import { listen, type Receiver, type ReceiverAddress } from '../http-listener.ts';
import { frameMessage, PREFIX_BYTES, readPrefix, readTimeout, statusTrailers } from './grpc-wire.ts';

/** One call, its message not read yet. */
export interface UnaryCall {
  /** Of the message, when it is packed; as sent in `grpc-encoding`. */
  readonly encoding: string;
  /**
   * The one message of the call, as sent. `let(length)` is asked when its length is known, and may refuse it. Gives a status when the
   * call cannot go on, and 'gone' when the client went away.
   */
  message(allow: (length: number) => RpcStatus | undefined): Promise<{ readonly bytes: Buffer; readonly packed: boolean } | RpcStatus | 'gone'>;
}
/** Gives the answer's message, or the status of the failure. */
export type UnaryHandler = (call: UnaryCall) => Promise<Buffer | RpcStatus>;

export interface UnaryServerOptions extends ReceiverAddress {
  readonly name: string;
  readonly flag: string;
  /** By path: `/package.Service/Method`. */
  readonly methods: Readonly<Record<string, UnaryHandler>>;
  /** Named to clients whose encoding is not known. */
  readonly encodings: readonly string[];
  readonly knowsEncoding: (encoding: string) => boolean;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A client that stops in the middle of a message must not hold memory for long. */
const LONGEST_CALL_MS = 30_000;

/**
 * Serves unary gRPC calls over HTTP/2 without TLS (grpc doc/PROTOCOL-HTTP2.md): as much of gRPC as receiving needs, over
 * the server of Node. Rejects with ServerError when the port is taken.
 */
export async function startUnaryServer(options: UnaryServerOptions): Promise<Receiver> {
  const { name, host, port, clock, log } = options;
  // Wide windows: a batch of spans comes in one go.
  const server = createServer({ settings: { maxConcurrentStreams: 128, initialWindowSize: 1 << 20, enablePush: false }, maxSessionMemory: 64 });
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.setLocalWindowSize(4 << 20);
    session.on('close', () => sessions.delete(session));
    session.on('error', (error) => log.debug({ error: error.message }, `a connection to the receiver of ${name} failed`));
  });
  // What is no HTTP/2 at all; the socket is closed by then.
  server.on('sessionError', (error) => log.debug({ error: error.message }, `a connection to the receiver of ${name} failed`));
  server.on('stream', (stream, headers) => {
    stream.on('error', (error) => log.debug({ error: error.message }, `a call to the receiver of ${name} broke off`));
    void serve(stream, headers, options).catch((error: unknown) => {
      log.error({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, `a call to the receiver of ${name} failed`);
      endWith(stream, { code: RPC_CODES.unavailable, message: 'the receiver failed; send it again later', retryAfterSeconds: 5 });
    });
  });
  await listen(server, options);
  const address = server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  log.info({ host, port: actual }, `the receiver of ${name} listens`);
  return { port: actual, close: () => closeServer(server, sessions, clock) };
}

async function serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, { methods, encodings, knowsEncoding, clock }: UnaryServerOptions): Promise<void> {
  const type = headers['content-type'] ?? '';
  if (headers[':method'] !== 'POST' || !/^application\/grpc(\+proto)?(;|$)/.test(type)) {
    stream.respond({ ':status': 415, 'content-type': 'text/plain' });
    stream.end('This port speaks gRPC: POST with content-type application/grpc.\n');
    return;
  }
  const path = headers[':path'] ?? '';
  const handler = Object.hasOwn(methods, path) ? methods[path] : undefined;
  if (handler === undefined) {
    endWith(stream, { code: RPC_CODES.unimplemented, message: `there is no ${path}; there is ${Object.keys(methods).join(', ')}` });
    return;
  }
  const header = headers['grpc-encoding'];
  const encoding = typeof header === 'string' ? header : 'identity';
  if (!knowsEncoding(encoding)) {
    endWith(stream, { code: RPC_CODES.unimplemented, message: `grpc-encoding ${encoding} is not known; use one of ${encodings.join(', ')}` }, { 'grpc-accept-encoding': encodings.join(',') });
    return;
  }
  const cancelDeadline = clock.after(Math.min(readTimeout(headers['grpc-timeout']) ?? LONGEST_CALL_MS, LONGEST_CALL_MS), () =>
    endWith(stream, { code: RPC_CODES.deadlineExceeded, message: 'the call took longer than it may' }),
  );
  try {
    const answer = await handler({ encoding, message: (allow) => readMessage(stream, allow) });
    if (Buffer.isBuffer(answer)) answerWith(stream, answer);
    else endWith(stream, answer);
  } finally {
    cancelDeadline();
  }
}

async function readMessage(stream: ServerHttp2Stream, allow: (length: number) => RpcStatus | undefined): Promise<{ bytes: Buffer; packed: boolean } | RpcStatus | 'gone'> {
  const chunks: Buffer[] = [];
  let size = 0;
  let prefix: ReturnType<typeof readPrefix>;
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      // Safe because no encoding is set on the stream, so it gives buffers.
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (prefix === undefined && size >= PREFIX_BYTES) {
        prefix = readPrefix(Buffer.concat(chunks));
        if (prefix === undefined) return { code: RPC_CODES.internal, message: 'the message has a flag that does not exist' };
        const refused = allow(prefix.length);
        if (refused !== undefined) return refused;
      }
      if (prefix !== undefined && size > PREFIX_BYTES + prefix.length) return { code: RPC_CODES.internal, message: 'there is more than the one message of the call' };
    }
  } catch {
    return 'gone';
  }
  if (stream.aborted || stream.destroyed) return 'gone';
  if (prefix === undefined || size < PREFIX_BYTES + prefix.length) return { code: RPC_CODES.internal, message: 'the message is cut off' };
  return { bytes: Buffer.concat(chunks).subarray(PREFIX_BYTES), packed: prefix.packed };
}

function answerWith(stream: ServerHttp2Stream, message: Buffer): void {
  if (stream.destroyed || stream.headersSent) return;
  stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(frameMessage(message));
}

/** Ends a call that fails: status and nothing else, which goes in the headers ("Trailers-Only"). */
function endWith(stream: ServerHttp2Stream, status: RpcStatus, more: Readonly<Record<string, string>> = {}): void {
  if (stream.destroyed || stream.headersSent) return;
  stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto', ...more, ...statusTrailers(status) }, { endStream: true });
  // What the client still sends is not wanted: without an error it takes the answer first (RFC 9113 8.1).
  if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
}

async function closeServer(server: Http2Server, sessions: ReadonlySet<ServerHttp2Session>, clock: Clock): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const session of sessions) session.close();
  const cancel = clock.after(2000, () => {
    for (const session of sessions) session.destroy();
  });
  await closed;
  cancel();
}
