import { createServer, type IncomingHttpHeaders } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { endWithParent } from './end-with-parent.ts';
import { applyFault, followFaults } from './fault-state.ts';

/** A request as a shop service sees it. */
export interface ShopRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}
export interface ShopAnswer {
  readonly status?: number;
  readonly body: unknown;
  readonly contentType?: string;
}

const SERVICE = process.env['SERVICE_NAME'] ?? 'unnamed';
export const VERSION = process.env['SERVICE_VERSION'] ?? 'v1';

const BODY_LIMIT = 1024 * 1024;

/**
 * Serves one shop service on PORT (loopback). Every JSON answer says which service and version gave it; `/_stats`
 * counts the requests this process answered, so that a test can measure shares at the application itself.
 */
export function serveShop(answer: (request: ShopRequest) => Promise<ShopAnswer> | ShopAnswer, workMs: () => number = () => 2 + Math.random() * 6): void {
  const fault = followFaults(process.env['SHOP_FAULTS_FILE'], `${SERVICE}-${VERSION}`);
  let served = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://shop.invalid');
    const reply = ({ status = 200, body, contentType = 'application/json' }: ShopAnswer): void => {
      const text = contentType === 'application/json' ? JSON.stringify(body) : String(body);
      response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(text), 'x-served-by': `${SERVICE}-${VERSION}` }).end(text);
    };
    const run = async (): Promise<void> => {
      if (url.pathname === '/_stats') {
        reply({ body: { service: SERVICE, version: VERSION, served } });
        return;
      }
      served++;
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of request as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > BODY_LIMIT) {
          reply({ status: 413, body: { error: 'the body is larger than 1 MiB' } });
          return;
        }
        chunks.push(chunk);
      }
      const text = Buffer.concat(chunks).toString('utf8');
      const injected = applyFault(fault(), Date.now(), Math.random());
      await delay(workMs() + injected.delayMs);
      if (injected.fail) {
        reply({ status: 500, body: { service: SERVICE, version: VERSION, error: 'an injected fault' } });
        return;
      }
      reply(await answer({ method: request.method ?? 'GET', path: url.pathname, query: url.searchParams, headers: request.headers, body: text === '' ? undefined : JSON.parse(text) }));
    };
    run().catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else reply({ status: error instanceof SyntaxError ? 400 : 500, body: { error: String(error) } });
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1');
  const end = (): void => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    setTimeout(() => process.exit(0), 1000).unref();
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  endWithParent(end);
}

/** What every JSON answer carries besides its own fields. */
export function stamped(fields: Readonly<Record<string, unknown>>): ShopAnswer {
  return { body: { service: SERVICE, version: VERSION, ...fields } };
}

/** 404 in the shop's own words. */
export function noSuchPath(path: string): ShopAnswer {
  return { status: 404, body: { service: SERVICE, version: VERSION, error: `there is nothing at ${path}` } };
}
