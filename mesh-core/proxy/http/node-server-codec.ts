import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import type { Exchange, Downstream, ProxyResponse } from './exchange.ts';
import { discardBody, isWhole } from './message.ts';
import type { IncomingRequest, Trailers } from './message.ts';
import { endRequest, serveRequest } from './serve-request.ts';
import type { RequestHandling } from './serve-request.ts';
import { writeUpgrade } from './tunnel.ts';

/** Serves one request that Node's HTTP server has read. */
export function serveNodeRequest(handling: RequestHandling, downstream: Downstream, request: IncomingMessage, response: ServerResponse): void {
  const hasBody = request.headers['transfer-encoding'] !== undefined || (request.headers['content-length'] ?? '0') !== '0';
  const exchange = serveRequest(handling, downstream, describe(request, hasBody ? request : undefined, undefined), {
    answer: (served, answer) => writeResponse(served, answer, response, handling.draining()),
    inform: (status, headers) => {
      if (status === 103) response.writeEarlyHints(Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))));
    },
    destroy: () => response.destroy(),
  });
  const end = (): void => endRequest(exchange, response.writableFinished);
  if (response.closed) end();
  else response.once('close', end);
}

/** Serves a request that asks for an upgrade (WebSocket): after a 101 the bytes pass through both ways. */
export function serveNodeUpgrade(handling: RequestHandling, downstream: Downstream, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.on('error', () => {});
  const exchange = serveRequest(handling, downstream, describe(request, undefined, request.headers.upgrade), {
    answer: (served, answer) => writeUpgrade(answer, socket, head, (sent) => (served.record.bytesSent += sent)),
    inform: () => {},
    destroy: () => socket.destroy(),
  });
  socket.once('close', () => endRequest(exchange, exchange.record.status !== 0));
}

function describe(request: IncomingMessage, body: Readable | undefined, upgrade: string | undefined): IncomingRequest {
  const { method = 'GET', url = '/', headers } = request;
  return { method, target: url, host: headers.host ?? '', protocol: request.httpVersionMinor === 0 ? 'HTTP/1.0' : 'HTTP/1.1', headers: { ...headers }, body, trailers: () => request.trailers, upgrade };
}

function writeResponse(exchange: Exchange, answer: ProxyResponse, response: ServerResponse, draining: boolean): void {
  const { record } = exchange;
  if (response.destroyed) {
    discardBody(answer.body);
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
    discardBody(answer.body);
    response.writeHead(502, { 'content-length': '0' }).end();
    return;
  }
  const { body, trailers } = answer;
  if (isWhole(body)) {
    record.bytesSent = Buffer.byteLength(body);
    response.end(body);
    return;
  }
  // The head goes out with the first chunk if that is there already, and alone if it is late.
  setImmediate(() => {
    if (!response.destroyed && !response.writableEnded) response.flushHeaders();
  });
  body.on('data', (chunk: Buffer) => {
    record.bytesSent += chunk.length;
    if (!response.write(chunk)) body.pause();
  });
  response.on('drain', () => body.resume());
  body.on('end', () => {
    const fields = definedOnly(trailers?.());
    if (Object.keys(fields).length > 0 && response.chunkedEncoding) response.addTrailers(fields);
    response.end();
  });
}

function definedOnly(fields: Trailers | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(fields ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, [value].flat().join(', ')]])));
}
