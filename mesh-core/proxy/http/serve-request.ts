import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { normalizePath } from '#mesh-core/domain/decide/normalize-path.ts';
import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import type { RequestRecord } from '../telemetry/request-record.ts';
import { Exchange } from './exchange.ts';
import type { Dispatch, Downstream, ProxyResponse } from './exchange.ts';
import { writeUpgrade } from './tunnel.ts';

/** What one listener does with the requests of its connections. */
export interface RequestHandling {
  readonly dispatch: Dispatch;
  readonly now: () => number;
  /** Refuse bodies over this many bytes with 413; absent = no limit, as bodies are streamed. */
  readonly maxBodyBytes: number | undefined;
  /** Sets the record's and the request's listener-specific parts (forwarding headers, peers) before the filters run. */
  readonly prepare: (exchange: Exchange) => void;
  /** Last touch on response headers. */
  readonly decorate: (exchange: Exchange, response: ProxyResponse) => void;
  /** The proxy is leaving: ask clients to go elsewhere. */
  readonly draining: () => boolean;
}

/** Serves one request of an HTTP server: builds the exchange, runs the filters, streams the answer. Never throws. */
export function serveRequest(handling: RequestHandling, downstream: Downstream, request: IncomingMessage, response: ServerResponse): void {
  const hasBody = request.headers['transfer-encoding'] !== undefined || (request.headers['content-length'] ?? '0') !== '0';
  const exchange = createExchange(handling, downstream, request, hasBody ? request : undefined, undefined);
  if (exchange === undefined) {
    response.writeHead(400, { 'content-length': '0', connection: 'close' }).end();
    return;
  }
  exchange.setKill(() => response.destroy());
  const startedAt = performance.now();
  response.once('close', () => {
    if (!response.writableFinished) {
      // A cut answer has its flag already; otherwise the client left.
      if (exchange.record.flags.length === 0 || exchange.record.status === 0) exchange.flag('DC');
      if (exchange.record.flags.includes('DC') && !response.headersSent) exchange.record.details = 'downstream_remote_disconnect';
      exchange.abort();
    }
    exchange.record.durationMs = performance.now() - startedAt;
    exchange.finish();
  });
  if (handling.maxBodyBytes !== undefined && limitBody(handling.maxBodyBytes, exchange, request, response)) return;
  run(handling, exchange, (answer) => writeResponse(exchange, answer, response, handling.draining()));
}

/** Serves a request that asks for an upgrade (WebSocket): after a 101 the bytes pass through both ways. */
export function serveUpgrade(handling: RequestHandling, downstream: Downstream, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const exchange = createExchange(handling, downstream, request, undefined, request.headers.upgrade);
  socket.on('error', () => {});
  if (exchange === undefined) {
    socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    return;
  }
  exchange.setKill(() => socket.destroy());
  const startedAt = performance.now();
  socket.once('close', () => {
    if (exchange.record.status === 0) exchange.flag('DC');
    exchange.abort();
    exchange.record.durationMs = performance.now() - startedAt;
    exchange.finish();
  });
  run(handling, exchange, (answer) => {
    exchange.record.status = answer.status;
    writeUpgrade(answer, socket, head, (sent) => (exchange.record.bytesSent += sent));
  });
}

function run(handling: RequestHandling, exchange: Exchange, write: (answer: ProxyResponse) => void): void {
  let answered = false;
  const respond = (answer: ProxyResponse): void => {
    if (answered || exchange.aborted) {
      if (typeof answer.body !== 'string') answer.body.destroy();
      answer.upgraded?.socket.destroy();
      return;
    }
    answered = true;
    handling.decorate(exchange, answer);
    write(answer);
  };
  try {
    handling.prepare(exchange);
    handling.dispatch(exchange, respond);
  } catch (error) {
    exchange.record.details = `internal_error{${String(error)}}`;
    respond({ status: 500, headers: { 'content-length': '0' }, body: '' });
  }
}

function createExchange(handling: RequestHandling, downstream: Downstream, request: IncomingMessage, body: Readable | undefined, upgrade: string | undefined): Exchange | undefined {
  const target = parseTarget(request);
  if (target === undefined) return undefined;
  // A copy: filters change it, and Node's own object is built lazily from the raw headers.
  const headers: MutableHeaders = { ...request.headers };
  const given = headers['x-request-id'];
  const requestId = typeof given === 'string' && given !== '' ? given : randomUUID();
  headers['x-request-id'] = requestId;
  const record: RequestRecord = {
    startedAtMs: handling.now(),
    requestId,
    method: request.method ?? 'GET',
    path: target.path,
    authority: target.authority,
    protocol: `HTTP/${request.httpVersion}`,
    userAgent: request.headers['user-agent'] ?? '',
    downstreamRemote: `${downstream.remoteAddress}:${downstream.remotePort}`,
    downstreamLocal: `${downstream.localAddress}:${downstream.localPort}`,
    requestedServerName: downstream.serverName,
    forwardedFor: '',
    status: 0,
    flags: [],
    details: '',
    transportFailure: '',
    routeName: '',
    clusterName: '',
    upstreamHost: '',
    upstreamLocal: '',
    attempts: 0,
    bytesReceived: 0,
    bytesSent: 0,
    durationMs: 0,
    upstreamServiceTimeMs: undefined,
    grpcStatus: '',
    isGrpc: request.headers['content-type']?.startsWith('application/grpc') === true,
    peer: undefined,
    peerPrincipal: undefined,
    ownPrincipal: undefined,
    destination: undefined,
    mutualTls: false,
    traceId: '',
    operation: '',
  };
  return new Exchange({ line: { method: record.method, path: target.path, authority: target.authority, scheme: downstream.tls ? 'https' : 'http', headers }, body, downstream, record, upgrade });
}

/** Origin form, absolute form (its authority wins over Host, RFC 9112 section 3.2.2) or `*`. Undefined for anything else. */
export function parseTarget(request: Pick<IncomingMessage, 'url' | 'headers'>): { path: string; authority: string } | undefined {
  const url = request.url ?? '/';
  if (url.startsWith('/') || url === '*') return { path: normalizePath(url), authority: request.headers.host ?? '' };
  const match = /^https?:\/\/([^/?#]+)([^#]*)/i.exec(url);
  const authority = match?.[1];
  if (authority === undefined) return undefined;
  const rest = match?.[2] ?? '';
  return { path: normalizePath(rest.startsWith('/') ? rest : `/${rest}`), authority: authority.slice(authority.lastIndexOf('@') + 1) };
}

function writeResponse(exchange: Exchange, answer: ProxyResponse, response: ServerResponse, draining: boolean): void {
  const { record } = exchange;
  record.status = answer.status;
  if (response.destroyed) {
    if (typeof answer.body !== 'string') answer.body.destroy();
    return;
  }
  if (draining) answer.headers['connection'] = 'close';
  try {
    response.writeHead(answer.status, answer.headers);
  } catch (error) {
    // The upstream sent a header that Node refuses to write.
    record.details = `invalid_response_header{${String(error)}}`;
    record.status = 502;
    exchange.flag('UPE');
    if (typeof answer.body !== 'string') answer.body.destroy();
    response.writeHead(502, { 'content-length': '0' }).end();
    return;
  }
  if (typeof answer.body === 'string') {
    record.bytesSent = Buffer.byteLength(answer.body);
    response.end(answer.body);
    return;
  }
  // The head goes out with the first chunk if that is there already, and alone if it is late.
  setImmediate(() => {
    if (!response.destroyed && !response.writableEnded) response.flushHeaders();
  });
  pumpBody(answer.body, response, answer.trailers, (bytes) => (record.bytesSent += bytes));
}

function pumpBody(body: Readable, response: ServerResponse, trailers: ProxyResponse['trailers'], onBytes: (bytes: number) => void): void {
  body.on('data', (chunk: Buffer) => {
    onBytes(chunk.length);
    if (!response.write(chunk)) body.pause();
  });
  response.on('drain', () => body.resume());
  body.on('end', () => {
    const fields = trailers?.();
    if (fields !== undefined && Object.keys(fields).length > 0 && response.chunkedEncoding) response.addTrailers(definedOnly(fields));
    response.end();
  });
}

function definedOnly(fields: NodeJS.Dict<string>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** Answers 413 when a body is, or becomes, too long. True = already answered. */
function limitBody(limit: number, exchange: Exchange, request: IncomingMessage, response: ServerResponse): boolean {
  const refuse = (): void => {
    exchange.record.details = 'request_payload_too_large';
    exchange.record.status = 413;
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.writeHead(413, { 'content-type': 'text/plain', connection: 'close' }).end('Payload Too Large');
  };
  if (Number(request.headers['content-length'] ?? 0) > limit) {
    refuse();
    return true;
  }
  let bytes = 0;
  if (exchange.body !== undefined && request.headers['content-length'] === undefined) {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limit && bytes - chunk.length <= limit) {
        exchange.abort();
        refuse();
      }
    });
    request.pause();
  }
  return false;
}
