import { Server, ServerCredentials, status, type Metadata, type ServerWritableStream } from '@grpc/grpc-js';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { identifyCaller, requireScope } from '#server/auth/authenticate.ts';
import type { SessionStore } from '#server/auth/session-store.ts';
import { ServerError } from '#server/server-error.ts';
import type { TraceWriting } from '../jaeger-api/jaeger-backend.ts';
import { RPC_CODES } from '../otlp/responses.ts';
import { checkHealth } from '../receiver/grpc/health.ts';
import { CallFailure, statusOf } from './call-failure.ts';
import { jaegerQueryCalls, QUERY_SERVICES, type GrpcCall } from './query-calls.ts';

export interface JaegerGrpcOptions extends TraceWriting {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Who may read: the API tokens of the console. */
  readonly sessions: SessionStore;
  readonly clock: Clock;
  readonly log: Logger;
}
export interface JaegerGrpcServer {
  readonly port: number;
  /** Takes no more calls, finishes those under way (2 seconds at most), frees the port. */
  close(): Promise<void>;
}

const MAX_REQUEST_BYTES = 1024 * 1024;
/** Of one connection at the same time; clients hold further ones back. */
const MOST_CALLS = 32;
/** A client that takes nothing for so long is given up, so that it does not hold a trace in memory. */
const STALLED_MS = 60_000;
const CLOSE_MS = 2000;

type Call = ServerWritableStream<Buffer, Uint8Array>;

/**
 * Serves Jaeger's query API over gRPC (port 16685 in Jaeger) from any backend of traces: `jaeger.api_v2.QueryService`, which
 * Kiali speaks unless told otherwise, and `jaeger.api_v3.QueryService`; besides health checks. A caller needs what it needs
 * for Jaeger's HTTP API: an API token as `authorization` metadata. Rejects with ServerError when the port is taken.
 */
export async function startJaegerGrpc({ host, port, traces, work, sessions, clock, log }: JaegerGrpcOptions): Promise<JaegerGrpcServer> {
  const server = new Server({
    'grpc.max_receive_message_length': MAX_REQUEST_BYTES,
    'grpc.max_concurrent_streams': MOST_CALLS,
    // A client that is gone without a word is noticed within a minute and a half.
    'grpc.keepalive_time_ms': 60_000,
    'grpc.keepalive_timeout_ms': 20_000,
  });
  const add = (path: string, answer: GrpcCall, allow: (metadata: Metadata) => void): void => {
    // On the wire a call that is not a stream is one whose stream has one message, so there is one way to answer both.
    const method = { path, requestStream: false, responseStream: true, requestSerialize: asIs, requestDeserialize: asIs, responseSerialize: asBuffer, responseDeserialize: asBuffer };
    server.addService({ [path]: method }, { [path]: (call: Call) => void serve(call, answer, allow, { clock, log }) });
  };
  const allow = (metadata: Metadata): void => {
    const headers = headersOf(metadata);
    requireScope(identifyCaller(headers, sessions), { scope: 'view', method: 'GET', path: '' }, headers, []);
  };
  for (const [path, answer] of Object.entries(jaegerQueryCalls({ traces, work, clock }))) add(path, answer, allow);
  add('/grpc.health.v1.Health/Check', healthCheck, () => {});
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host.includes(':') ? `[${host}]` : host}:${port}`, ServerCredentials.createInsecure(), (error, taken) => {
      if (error === null) return resolve(taken);
      server.forceShutdown();
      const message = /EADDRINUSE/.test(error.message) ? `Port ${port} for Jaeger's gRPC API is taken` : `Jaeger's gRPC API cannot be served on ${host}:${port} (${error.message})`;
      reject(new ServerError('internal', `${message}; choose another with --jaeger-grpc-port.`, { cause: error }));
    });
  });
  log.info({ host, port: bound }, "Jaeger's gRPC API is served");
  return { port: bound, close: () => closeServer(server, clock) };
}

async function serve(call: Call, answer: GrpcCall, allow: (metadata: Metadata) => void, { clock, log }: Pick<JaegerGrpcOptions, 'clock' | 'log'>): Promise<void> {
  const gone = new AbortController();
  call.on('cancelled', () => gone.abort());
  try {
    allow(call.metadata);
    for await (const message of answer(call.request, gone.signal)) await send(call, message, gone.signal, clock);
    call.end();
  } catch (error) {
    // Nobody waits for an answer any more.
    if (gone.signal.aborted) return;
    const told = statusOf(error);
    if (told === undefined) log.error({ call: call.getPath(), error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, "a call of Jaeger's gRPC API failed");
    call.emit('error', told ?? { code: status.INTERNAL, details: 'The server failed to answer this call; its log tells why.' });
  }
}

/** Sends one message; goes on when it is on its way, so that a slow client makes the server slow, not large. */
function send(call: Call, message: Uint8Array, signal: AbortSignal, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      signal.removeEventListener('abort', abandon);
      cancel();
    };
    const abandon = (): void => {
      leave();
      reject(new CallFailure(status.CANCELLED, 'the client went away'));
    };
    const cancel = clock.after(STALLED_MS, () => {
      leave();
      reject(new CallFailure(status.DEADLINE_EXCEEDED, `the client took nothing for ${STALLED_MS / 1000} seconds`));
    });
    signal.addEventListener('abort', abandon);
    call.write(message, (error: Error | null | undefined) => {
      leave();
      if (error === null || error === undefined) resolve();
      else reject(error);
    });
    if (signal.aborted) abandon();
  });
}

/** What identifies a caller over HTTP. Cookies are for browsers, which do not speak gRPC. */
function headersOf(metadata: Metadata): Headers {
  const [authorization] = metadata.get('authorization');
  return new Headers(typeof authorization === 'string' ? { authorization } : {});
}

const healthCheck: GrpcCall = async function* (request) {
  const answer = await checkHealth({ encoding: 'identity', message: async () => ({ bytes: Buffer.from(request), packed: false }) }, Object.values(QUERY_SERVICES));
  if (!Buffer.isBuffer(answer)) throw new CallFailure(answer.code === RPC_CODES.notFound ? status.NOT_FOUND : status.INVALID_ARGUMENT, answer.message);
  yield answer;
};

async function closeServer(server: Server, clock: Clock): Promise<void> {
  const cancel = clock.after(CLOSE_MS, () => server.forceShutdown());
  await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  cancel();
  server.forceShutdown();
}

function asIs(bytes: Buffer): Buffer {
  return bytes;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
