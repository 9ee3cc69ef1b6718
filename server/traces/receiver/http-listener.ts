import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Server as NetServer } from 'node:net';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { ServerError } from '#server/server-error.ts';

export interface ReceiverAddress {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
}
export interface HttpListenerOptions extends ReceiverAddress {
  /** As in "Port 4318 for OTLP is taken; choose another with --otlp-port." */
  readonly name: string;
  readonly flag: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

export interface Receiver {
  readonly port: number;
  /** Takes no more requests, finishes those under way (2 seconds at most), frees the port. */
  close(): Promise<void>;
}

/** Listens on a port of its own for a protocol that spans are sent by. Rejects with ServerError when the port is taken. */
export async function startHttpListener({ name, flag, host, port, clock, log, handle }: HttpListenerOptions): Promise<Receiver> {
  const server = createServer((request, response) => {
    // A connection that is kept alive would hold up the end of a server that is closing.
    response.on('finish', () => {
      if (!server.listening) request.socket.end();
    });
    void handle(request, response).catch((error: unknown) => {
      log.error({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, `a request to the receiver of ${name} failed`);
      if (!response.headersSent) response.writeHead(503, { 'retry-after': '5', connection: 'close' });
      response.end();
    });
  });
  // A client that stops in the middle of a body must not hold memory for long.
  server.requestTimeout = 30_000;
  await listen(server, { name, flag, host, port });
  const address = server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  log.info({ host, port: actual }, `the receiver of ${name} listens`);
  return { port: actual, close: () => closeServer(server, clock) };
}

/** Binds any kind of server; a port that is taken is a ServerError that names the option to choose another. */
export function listen(server: NetServer, { name, flag, host, port }: ReceiverAddress & { readonly name: string; readonly flag: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      const message = error.code === 'EADDRINUSE' ? `Port ${port} for ${name} is taken` : `The receiver of ${name} cannot listen on ${host}:${port} (${error.message})`;
      reject(new ServerError('internal', `${message}; choose another with ${flag}.`, { cause: error }));
    };
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      resolve();
    });
  });
}

/** Answers and throws away what is left of a body that is refused, so that the client gets to read the answer. */
export function send(request: IncomingMessage, response: ServerResponse, status: number, type: string, body: Buffer, headers: Readonly<Record<string, string>> = {}): void {
  if (response.destroyed) return;
  // A body that was not read to its end would be taken for the next request.
  const close = request.complete ? {} : { connection: 'close' };
  response.writeHead(status, { ...headers, ...close, ...(body.length === 0 && status === 204 ? {} : { 'content-type': type, 'content-length': body.length }) }).end(body);
  request.resume();
}

export function sendText(request: IncomingMessage, response: ServerResponse, status: number, message: string, headers: Readonly<Record<string, string>> = {}): void {
  send(request, response, status, 'text/plain; charset=utf-8', Buffer.from(`${message}\n`), headers);
}

async function closeServer(server: Server, clock: Clock): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cancel = clock.after(2000, () => server.closeAllConnections());
  await closed;
  cancel();
}
