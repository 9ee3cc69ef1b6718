import { Agent as HttpAgent, request as httpRequest, STATUS_CODES, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { lookupWorkload } from './workload-address.ts';

/** A scrape that failed for a reason the target's owner can act on. */
export class ScrapeError extends Error {
  override readonly name = 'ScrapeError';
}

export interface FetchOptions {
  readonly timeoutMs: number;
  /** Most bytes of an answer, after decompression. */
  readonly bodySizeLimit: number;
  /** Aborts the request: at the timeout, or when the target went away. */
  readonly signal: AbortSignal;
}

/** Connections to the targets, kept open between scrapes. */
export interface ExpositionFetcher {
  /** The page of a target as text. Rejects with ScrapeError. */
  fetch(url: string, options: FetchOptions): Promise<string>;
  close(): void;
}

const ACCEPT = 'text/plain;version=0.0.4;q=1,text/plain;q=0.5,*/*;q=0.1';

/** Fetches metric pages over HTTP. Does not follow redirects: a target names the page itself. */
export function createExpositionFetcher(): ExpositionFetcher {
  const http = new HttpAgent({ keepAlive: true, maxFreeSockets: 512 });
  const https = new HttpsAgent({ keepAlive: true, maxFreeSockets: 512 });
  return {
    async fetch(url, options) {
      try {
        const response = await get(url, options, { http, https });
        return await readPage(response, options);
      } catch (error) {
        if (error instanceof ScrapeError) throw error;
        if (options.signal.aborted) throw new ScrapeError(`no complete answer within ${options.timeoutMs / 1000} s`, { cause: error });
        throw new ScrapeError(connectionReason(error), { cause: error });
      }
    },
    close() {
      http.destroy();
      https.destroy();
    },
  };
}

function get(url: string, { timeoutMs, signal }: FetchOptions, agents: { readonly http: HttpAgent; readonly https: HttpsAgent }): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const secure = url.startsWith('https:');
    const headers = { accept: ACCEPT, 'accept-encoding': 'gzip', 'user-agent': 'binnacle-scraper', 'x-prometheus-scrape-timeout-seconds': String(timeoutMs / 1000) };
    const request = secure ? httpsRequest(url, { headers, signal, lookup: lookupWorkload, agent: agents.https }) : httpRequest(url, { headers, signal, lookup: lookupWorkload, agent: agents.http });
    request.once('response', resolve);
    request.once('error', reject);
    request.end();
  });
}

async function readPage(response: IncomingMessage, { bodySizeLimit }: FetchOptions): Promise<string> {
  const status = response.statusCode ?? 0;
  const refuse = (message: string): never => {
    response.destroy();
    throw new ScrapeError(message);
  };
  if (status !== 200) refuse(`the target answered with HTTP status ${status} ${STATUS_CODES[status] ?? ''}`.trim());
  const type = response.headers['content-type'] ?? '';
  // Without a type the page is judged by its lines; with one that is no metrics format it is refused unread.
  if (type !== '' && !/^text\/plain\s*(;|$)/i.test(type)) refuse(`the target answered with ${type.split(';')[0]}, not with the Prometheus text format (text/plain)`);
  const chunks: Buffer[] = [];
  let size = 0;
  const collect = async (source: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of source) {
      size += chunk.length;
      if (size > bodySizeLimit) throw new ScrapeError(`the page is larger than the limit of ${bodySizeLimit} bytes`);
      chunks.push(chunk);
    }
  };
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding === 'gzip') await pipeline(response, createGunzip(), collect);
  else if (encoding === 'identity') await pipeline(response, collect);
  else refuse(`the page is compressed with ${encoding}, which was not asked for`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    throw new ScrapeError('the page is not valid UTF-8', { cause: error });
  }
}

function connectionReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ECONNREFUSED':
      return 'connection refused: nothing listens there';
    case 'ECONNRESET':
      return 'the target closed the connection before its answer was complete';
    case 'ENOTFOUND':
      return 'the host name cannot be resolved';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
