import { randomUUID } from 'node:crypto';
import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import { connectionRecord } from '../telemetry/request-record.ts';
import { Exchange, localReply } from './exchange.ts';
import type { Dispatch, Downstream, ProxyResponse } from './exchange.ts';
import { discardBody } from './message.ts';
import type { IncomingRequest } from './message.ts';
import { parseTarget } from './parse-target.ts';

/** Not application/grpc-web: that is HTTP to everybody but the app. */
const GRPC = /^application\/grpc(?:[+;]|$)/i;

/** What one listener does with the requests of its connections. */
export interface RequestHandling {
  readonly dispatch: Dispatch;
  /** Only registers the request with statistics and logs: for what the codec answers itself. */
  readonly register: (exchange: Exchange) => void;
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
/** The side of a codec that takes the answer to one request. */
export interface AnswerWriter {
  /** Told of the exchange before the filters run, and so before any answer. */
  begin?(exchange: Exchange): void;
  /** Sends the answer, at most once, and adds the bytes of its body to `exchange.record.bytesSent`. */
  answer(exchange: Exchange, response: ProxyResponse): void;
  /** Sends an interim answer. */
  inform(status: number, headers: MutableHeaders): void;
  /** Breaks the connection, or the stream of this request. */
  destroy(): void;
}

/**
 * Runs one request through the filters; the answer goes to `writer`. The codec calls `endRequest` when the answer has been
 * sent or cannot be any more. Never throws.
 */
export function serveRequest(handling: RequestHandling, downstream: Downstream, request: IncomingRequest, writer: AnswerWriter): Exchange {
  const target = parseTarget(request.target, request.host);
  const exchange = createExchange(handling, downstream, request, target ?? { path: request.target, authority: request.host });
  exchange.setKill(() => writer.destroy());
  exchange.setInform((status, headers) => writer.inform(status, headers));
  writer.begin?.(exchange);
  let answered = false;
  const respond = (response: ProxyResponse): void => {
    if (answered || exchange.ended) {
      discardBody(response.body);
      response.upgraded?.socket.destroy();
      return;
    }
    answered = true;
    handling.decorate(exchange, response);
    exchange.record.status = response.status;
    writer.answer(exchange, response);
  };
  if (target === undefined) {
    handling.register(exchange);
    localReply(exchange, respond, { status: 400, body: '', details: 'http1.codec_error', flag: 'DPE', headers: { connection: 'close' } });
    return exchange;
  }
  if (handling.maxBodyBytes !== undefined && limitBody(handling.maxBodyBytes, exchange, request, respond, () => answered)) return exchange;
  try {
    handling.prepare(exchange);
    handling.dispatch(exchange, respond);
  } catch (error) {
    exchange.record.details = `internal_error{${String(error)}}`;
    respond({ status: 500, headers: { 'content-length': '0' }, body: '' });
  }
  return exchange;
}

/**
 * Puts a message that was no request into statistics and logs, with the status that the codec answered it with.
 * Source: Envoy, whose access logs have such requests without method and path.
 */
export function recordRefusal(handling: RequestHandling | undefined, downstream: Downstream, protocol: IncomingRequest['protocol'], status: number): void {
  if (handling === undefined) return;
  const exchange = createExchange(handling, downstream, { method: '', target: '', host: '', protocol, headers: {}, body: undefined, upgrade: undefined }, { path: '', authority: '' });
  handling.prepare(exchange);
  handling.register(exchange);
  exchange.record.status = status;
  // A head that does not come to its end breaks no rule of the protocol.
  exchange.record.details = status === 408 ? 'request_header_timeout' : 'http1.codec_error';
  if (status !== 408) exchange.flag('DPE');
  endRequest(exchange, true);
}

/**
 * Closes the books of a request. `complete`: the answer went out as a whole; otherwise the client left, or the answer was
 * cut (which has its flag already).
 */
export function endRequest(exchange: Exchange, complete: boolean): void {
  const { record } = exchange;
  if (!complete) {
    if (record.flags.length === 0 || record.status === 0) exchange.flag('DC');
    if (record.status === 0) record.details = 'downstream_remote_disconnect';
    exchange.abort();
  }
  record.durationMs = performance.now() - exchange.startedMs;
  exchange.finish();
}

function createExchange(handling: RequestHandling, downstream: Downstream, request: IncomingRequest, target: { readonly path: string; readonly authority: string }): Exchange {
  const { headers } = request;
  const given = headers['x-request-id'];
  const requestId = typeof given === 'string' && given !== '' ? given : randomUUID();
  headers['x-request-id'] = requestId;
  const userAgent = headers['user-agent'];
  const contentType = headers['content-type'];
  const record = connectionRecord(downstream, handling.now());
  record.requestId = requestId;
  record.method = request.method;
  record.path = target.path;
  record.authority = target.authority;
  record.protocol = request.protocol;
  record.userAgent = typeof userAgent === 'string' ? userAgent : '';
  record.isGrpc = typeof contentType === 'string' && GRPC.test(contentType);
  const line = { method: record.method, path: target.path, authority: target.authority, scheme: downstream.tls ? 'https' : 'http', headers };
  return new Exchange({ line, body: request.body, trailers: request.trailers, downstream, record, upgrade: request.upgrade });
}

/** Answers 413 when a body is, or becomes, too long. True = already answered. */
function limitBody(limit: number, exchange: Exchange, request: IncomingRequest, respond: (response: ProxyResponse) => void, answered: () => boolean): boolean {
  const refuse = (): void => {
    exchange.record.details = 'request_payload_too_large';
    if (answered()) exchange.kill();
    else respond({ status: 413, headers: { 'content-type': 'text/plain', 'content-length': '17', connection: 'close' }, body: 'Payload Too Large' });
  };
  const { body } = request;
  if (body === undefined) return false;
  const length = Buffer.isBuffer(body) ? body.length : Number(request.headers['content-length'] ?? 0);
  if (length > limit) {
    refuse();
    return true;
  }
  if (Buffer.isBuffer(body) || request.headers['content-length'] !== undefined) return false;
  let bytes = 0;
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= limit || bytes - chunk.length > limit) return;
    refuse();
    exchange.abort();
  });
  // Listening alone must not make it flow: nobody takes it yet.
  body.pause();
  return false;
}
