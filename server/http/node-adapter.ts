import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { pipeline } from 'node:stream/promises';
import { gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { ServerError } from '#server/server-error.ts';
import { BytesResponse } from './bytes-response.ts';

const gzipAsync = promisify(gzip);
/** Below this, compression costs more than it saves. */
const GZIP_MIN_BYTES = 1024;

/** Reads a request body whole; throws `too-large` (413) past `limitBytes`. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const declared = Number(request.headers['content-length'] ?? 0);
  const tooLarge = (): ServerError => new ServerError('too-large', `The request body is larger than ${Math.round(limitBytes / 1024)} KiB.`, { hint: 'Send less at once.' });
  if (declared > limitBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Node's headers as web Headers. */
export function webHeaders(request: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || name.startsWith(':')) continue;
    for (const v of Array.isArray(value) ? value : [value]) headers.append(name, v);
  }
  return headers;
}

/** Writes a web Response to Node's response: streams as it comes, gzips long JSON when the client takes it. */
export async function sendResponse(request: IncomingMessage, response: ServerResponse, answer: Response): Promise<void> {
  const headers: Record<string, string | string[]> = {};
  answer.headers.forEach((value, name) => {
    if (name !== 'set-cookie') headers[name] = value;
  });
  const cookies = answer.headers.getSetCookie();
  if (cookies.length > 0) headers['set-cookie'] = cookies;
  const type = answer.headers.get('content-type') ?? '';
  const atHand = answer instanceof BytesResponse ? answer.chunks : undefined;
  if (request.method === 'HEAD' || (answer.body === null && atHand === undefined)) {
    response.writeHead(answer.status, headers).end();
    return;
  }
  if (type.startsWith('text/event-stream')) {
    response.writeHead(answer.status, headers);
    response.flushHeaders();
    await pipeline(Readable.fromWeb(answer.body as NodeReadableStream), response);
    return;
  }
  const chunks = atHand ?? [Buffer.from(await answer.arrayBuffer())];
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const takesGzip = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(String(request.headers['accept-encoding'] ?? ''));
  if (takesGzip && length >= GZIP_MIN_BYTES && !answer.headers.has('content-encoding') && /json|text|javascript|xml/.test(type)) {
    const body = await gzipAsync(chunks.length === 1 ? (chunks[0] ?? '') : Buffer.concat(chunks), { level: 1 });
    response.writeHead(answer.status, { ...headers, 'content-encoding': 'gzip', vary: [headers['vary'] ?? [], 'accept-encoding'].flat().join(', '), 'content-length': String(body.length) }).end(body);
    return;
  }
  response.writeHead(answer.status, { ...headers, 'content-length': String(length) });
  for (const chunk of chunks) response.write(chunk);
  response.end();
}
