import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { ServerError } from '#server/server-error.ts';
import { OtlpDecodeError } from '#server/traces/otlp/decode-error.ts';
import { decodeTraceRequest, type OtlpEncoding } from '#server/traces/otlp/decode-request.ts';
import type { DecodedSpans } from '#server/traces/otlp/assemble-spans.ts';
import { encodeExportResponse, encodeRpcStatus, RPC_CODES } from '#server/traces/otlp/responses.ts';
import type { TraceStore } from '#server/traces/store/open-trace-store.ts';
import { CONTENT_ENCODINGS, readBody } from './read-body.ts';

export interface OtlpReceiverOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly store: Pick<TraceStore, 'append' | 'pending'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called with the number of spans of each request, once they are stored. */
  readonly onSpans?: (received: number) => void;
  /** Of one request, as sent and unpacked. Default 16 MiB: decoding so much holds up the server for about half a second. */
  readonly maxBodyBytes?: number;
  /** Of all requests that are being read or stored; beyond it further ones are asked to come back. Default 96 MiB. */
  readonly maxHeldBytes?: number;
  /** Spans waiting for the disk beyond which requests are asked to come back. Default 200,000. */
  readonly maxPendingSpans?: number;
}

export interface OtlpReceiver {
  readonly port: number;
  /** Takes no more requests, finishes those under way (2 seconds at most), frees the port. */
  close(): Promise<void>;
}

/** What to answer; `retryAfter` seconds for a client that may come back. */
interface Refusal {
  readonly status: 400 | 413 | 503;
  readonly code: number;
  readonly message: string;
  readonly retryAfter?: number;
}

const PATH = '/v1/traces';

/**
 * Listens for OTLP/HTTP traces (opentelemetry-proto docs/specification.md): `POST /v1/traces` in protobuf or JSON. A 200
 * is sent when the spans are on the disk. Rejects with ServerError when the port is taken.
 */
export async function startOtlpReceiver(options: OtlpReceiverOptions): Promise<OtlpReceiver> {
  const intake = createIntake(options);
  const server = createServer((request, response) => {
    // A connection that is kept alive would hold up the end of a server that is closing.
    response.on('finish', () => {
      if (!server.listening) request.socket.end();
    });
    void intake(request, response).catch((error: unknown) => {
      options.log.error({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, 'an OTLP request failed');
      if (!response.headersSent) response.writeHead(503, { 'retry-after': '5', connection: 'close' });
      response.end();
    });
  });
  // A client that stops in the middle of a body must not hold memory for long.
  server.requestTimeout = 30_000;
  await listen(server, options);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  options.log.info({ host: options.host, port }, 'OTLP receiver listens');
  return { port, close: () => closeServer(server, options.clock) };
}

function createIntake(options: OtlpReceiverOptions): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { store, log, maxBodyBytes = 16 * 1024 * 1024, maxHeldBytes = 96 * 1024 * 1024, maxPendingSpans = 200_000 } = options;
  let held = 0;
  return async (request, response) => {
    const encoding = acceptHead(request, response);
    if (encoding === undefined) return;
    // What is not known beforehand counts as a common batch; the body counts as itself once it is read.
    let mine = Number(request.headers['content-length'] ?? 65_536);
    if (held + mine > maxHeldBytes || store.pending > maxPendingSpans) {
      sendRefusal(request, response, encoding, { status: 503, code: RPC_CODES.unavailable, message: 'too many spans at once; send them again later', retryAfter: 1 });
      return;
    }
    held += mine;
    try {
      const read = await readBody(request, maxBodyBytes);
      switch (read.kind) {
        case 'gone':
          return;
        case 'unknown-encoding':
          sendText(request, response, 415, `Content-Encoding ${read.encoding} is not known; use one of ${CONTENT_ENCODINGS.join(', ')}.`, { 'accept-encoding': CONTENT_ENCODINGS.join(', ') });
          return;
        case 'too-large':
          sendRefusal(request, response, encoding, { status: 413, code: RPC_CODES.resourceExhausted, message: `the request is larger than ${maxBodyBytes} bytes; send smaller batches` });
          return;
        case 'damaged':
          sendRefusal(request, response, encoding, { status: 400, code: RPC_CODES.invalidArgument, message: read.message });
          return;
        case 'body':
      }
      held += read.body.length - mine;
      mine = read.body.length;
      await storeSpans(request, response, encoding, read.body);
    } finally {
      held -= mine;
    }
  };

  async function storeSpans(request: IncomingMessage, response: ServerResponse, encoding: OtlpEncoding, body: Buffer): Promise<void> {
    let decoded: DecodedSpans;
    try {
      decoded = decodeTraceRequest(body, encoding);
    } catch (error) {
      if (!(error instanceof OtlpDecodeError)) throw error;
      log.debug({ error: error.message }, 'refused a malformed OTLP request');
      sendRefusal(request, response, encoding, { status: 400, code: RPC_CODES.invalidArgument, message: error.message });
      return;
    }
    try {
      await store.append(decoded.spans);
    } catch (error) {
      // Never 500: exporters drop what is answered with it.
      sendRefusal(request, response, encoding, { status: 503, code: RPC_CODES.unavailable, message: error instanceof Error ? error.message : String(error), retryAfter: 5 });
      return;
    }
    send(response, 200, mediaType(encoding), encodeExportResponse(encoding, partialSuccess(decoded)));
    if (decoded.spans.length > 0) options.onSpans?.(decoded.spans.length);
  }
}

function partialSuccess({ rejected, reasons }: DecodedSpans): { rejected: number; message: string } | undefined {
  if (rejected === 0) return undefined;
  return { rejected, message: [...reasons].map(([reason, count]) => `${count} rejected: ${reason}`).join('; ') };
}

/** The request's encoding; undefined when the request was answered already, because it is not for this receiver. */
function acceptHead(request: IncomingMessage, response: ServerResponse): OtlpEncoding | undefined {
  const path = (request.url ?? '/').split('?', 1)[0];
  if (path !== PATH) {
    sendText(request, response, 404, `There is nothing at ${path}; OTLP traces go to POST ${PATH}.`);
    return undefined;
  }
  if (request.method !== 'POST') {
    sendText(request, response, 405, `${request.method} is not served; use POST.`, { allow: 'POST' });
    return undefined;
  }
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/x-protobuf') return 'protobuf';
  if (type === 'application/json') return 'json';
  sendText(request, response, 415, `Content-Type ${type === '' ? 'is missing' : `${type} is not known`}; use application/x-protobuf or application/json.`);
  return undefined;
}

function sendRefusal(request: IncomingMessage, response: ServerResponse, encoding: OtlpEncoding, { status, code, message, retryAfter }: Refusal): void {
  send(response, status, mediaType(encoding), encodeRpcStatus(encoding, code, message), { ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }), ...closeUnlessRead(request) });
}

function sendText(request: IncomingMessage, response: ServerResponse, status: number, message: string, headers: Readonly<Record<string, string>> = {}): void {
  send(response, status, 'text/plain; charset=utf-8', Buffer.from(`${message}\n`), { ...headers, ...closeUnlessRead(request) });
}

/** A body that was not read to its end would be taken for the next request. */
function closeUnlessRead(request: IncomingMessage): Readonly<Record<string, string>> {
  return request.complete ? {} : { connection: 'close' };
}

function send(response: ServerResponse, status: number, type: string, body: Buffer, headers: Readonly<Record<string, string>> = {}): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...headers, 'content-type': type, 'content-length': body.length }).end(body);
  // The rest of a body that is refused is thrown away, so that the client gets to read the answer.
  response.req.resume();
}

function mediaType(encoding: OtlpEncoding): string {
  return encoding === 'json' ? 'application/json' : 'application/x-protobuf';
}

function listen(server: Server, { host, port }: OtlpReceiverOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const message = error.code === 'EADDRINUSE' ? `Port ${port} for OTLP is taken` : `The OTLP receiver cannot listen on ${host}:${port} (${error.message})`;
      reject(new ServerError('internal', `${message}; choose another with --otlp-port.`, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

async function closeServer(server: Server, clock: Clock): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cancel = clock.after(2000, () => server.closeAllConnections());
  await closed;
  cancel();
}
