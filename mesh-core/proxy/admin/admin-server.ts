import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AdminSources } from './admin-sources.ts';
import { text } from './answer.ts';
import type { Answer } from './answer.ts';
import { COMMANDS } from './commands.ts';

const BY_PATH = new Map(COMMANDS.map((command) => [command.path, command]));

/**
 * The admin port of a proxy, on loopback only, with Envoy's paths. What changes something takes POST, and nothing from pages
 * of a browser, which anybody may have written. Reserve the port first (`listen`), give the sources when they exist.
 */
export class AdminServer {
  readonly #server: Server;
  #sources: AdminSources | undefined;

  constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** Binds 127.0.0.1:`port` (0 = any); until the sources are there it answers 503. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  serve(sources: AdminSources): void {
    this.#sources = sources;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type, body } = await this.#route(request).catch((error: unknown): Answer => text(500, `${String(error)}\n`));
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), 'cache-control': 'no-cache, max-age=0', 'x-content-type-options': 'nosniff', ...(status === 405 ? { allow: request.method === 'POST' ? 'GET, HEAD' : 'POST' } : {}) });
    response.end(request.method === 'HEAD' ? '' : body);
  }

  async #route(request: IncomingMessage): Promise<Answer> {
    const sources = this.#sources;
    if (sources === undefined) return text(503, 'PRE_INITIALIZING\n');
    const url = URL.parse(request.url ?? '/', 'http://localhost');
    const command = url === null ? undefined : BY_PATH.get(url.pathname);
    if (url === null || command === undefined) return text(404, 'invalid path; GET /help lists the commands\n');
    const isPost = request.method === 'POST';
    if (command.changes === true) {
      if (!isPost) return text(405, `Method ${request.method ?? ''} not allowed, POST required.\n`);
      if (isFromElsewhere(request)) return text(403, 'not from a page of another site\n');
    } else if (!isPost && request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'method not allowed\n');
    return command.run(sources, url.searchParams);
  }
}

/** A browser says where the page comes from that sends a request; the port's own page may, by an address nobody else can have. */
function isFromElsewhere({ headers: { origin }, socket }: IncomingMessage): boolean {
  return origin !== undefined && origin !== `http://127.0.0.1:${socket.localPort ?? 0}` && origin !== `http://localhost:${socket.localPort ?? 0}`;
}
