import { request as httpRequest, Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** Forwards page requests to the Next.js process, so that pages and API share one origin. */
export interface PagesProxy {
  forward(request: IncomingMessage, response: ServerResponse): void;
  /** WebSocket upgrades: the development server's hot reload. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

/** `target` is the base URL of the Next.js process on loopback. When it does not answer, the browser gets a page that says so and retries. */
export function createPagesProxy(target: string): PagesProxy {
  const url = new URL(target);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  return {
    forward(request, response) {
      const upstream = httpRequest(
        { host: url.hostname, port: url.port, method: request.method, path: request.url, headers: { ...request.headers, 'x-forwarded-host': request.headers.host }, agent },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
          answer.on('error', () => response.destroy());
        },
      );
      upstream.on('error', () => {
        if (response.headersSent) response.destroy();
        else response.writeHead(502, { 'content-type': 'text/html; charset=utf-8', 'retry-after': '2' }).end(PAGES_DOWN);
      });
      response.on('close', () => upstream.destroy());
      request.pipe(upstream);
    },
    upgrade(request, socket, head) {
      const upstream = connect(Number(url.port), url.hostname, () => {
        const lines = [`${request.method} ${request.url} HTTP/1.1`];
        for (let i = 0; i < request.rawHeaders.length; i += 2) lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
        upstream.write(`${lines.join('\r\n')}\r\n\r\n`);
        upstream.write(head);
        socket.pipe(upstream).pipe(socket);
      });
      const end = (): void => {
        socket.destroy();
        upstream.destroy();
      };
      upstream.on('error', end);
      socket.on('error', end);
    },
    close() {
      agent.destroy();
    },
  };
}

const PAGES_DOWN = `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="2"><title>Binnacle is starting</title>
<body style="font:15px system-ui;margin:20vh auto;max-width:32rem;padding:0 1rem"><h1 style="font-size:1.2rem">The pages are not up yet</h1>
<p>The console's server is running and keeps collecting; the process that draws its pages does not answer. This page retries by itself every two seconds.</p>`;
