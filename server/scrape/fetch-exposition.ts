import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { request as httpRequest, STATUS_CODES, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { acceptHeader } from './exposition/scrape-protocols.ts';
import { OneBufferAgent } from './one-buffer-agent.ts';
import { PageBuffers } from './page-buffers.ts';
import type { ScrapeHttp, ScrapeJob } from './scrape-job.ts';
import { addressProblem, lookupWorkload } from './workload-address.ts';

/** A scrape that failed for a reason the target's owner can act on. */
export class ScrapeError extends Error {
  override readonly name = 'ScrapeError';
  /** Set when the page was larger than it may be. */
  readonly tooLarge: boolean;
  constructor(message: string, options?: ErrorOptions & { readonly tooLarge?: boolean }) {
    super(message, options);
    this.tooLarge = options?.tooLarge ?? false;
  }
}

export interface FetchOptions {
  readonly job: ScrapeJob;
  readonly timeoutMs: number;
  /** Aborts the request: at the timeout, or when the target went away. */
  readonly signal: AbortSignal;
}
export interface FetchedPage {
  readonly body: Buffer;
  /** Says that the body is read: its memory is used for other pages from then on. */
  readonly release: () => void;
  /** The Content-Type header, '' when there is none. */
  readonly contentType: string;
}

/** Connections to the targets, kept open between scrapes. */
export interface ExpositionFetcher {
  /** The page of a target. Rejects with ScrapeError. */
  fetch(url: string, options: FetchOptions): Promise<FetchedPage>;
  close(): void;
}

const MAX_REDIRECTS = 10;
/** Most bytes that are set aside on a target's word alone. */
const MOST_STATED = 64 * 1024 * 1024;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Fetches metric pages over HTTP. Follows redirects where the job allows it, but never with credentials to another origin. */
export function createExpositionFetcher(): ExpositionFetcher {
  const agents = new Agents();
  const buffers = new PageBuffers();
  return {
    async fetch(url, options) {
      try {
        return await readPage(await follow(url, options, agents), options, buffers);
      } catch (error) {
        if (error instanceof ScrapeError) throw error;
        if (options.signal.aborted) throw new ScrapeError(`no complete answer within ${options.timeoutMs / 1000} s`, { cause: error });
        throw new ScrapeError(connectionReason(error), { cause: error });
      }
    },
    close: () => agents.close(),
  };
}

/** The connections, by how they are secured: jobs with the same settings share them. */
class Agents {
  readonly http = new OneBufferAgent({ keepAlive: true, maxFreeSockets: 512 });
  readonly #https = new Map<string, HttpsAgent>();

  https({ tls = {} }: ScrapeHttp): HttpsAgent {
    const key = JSON.stringify(tls);
    const known = this.#https.get(key);
    if (known !== undefined) return known;
    const file = (path: string | undefined): Buffer | undefined => {
      try {
        return path === undefined ? undefined : readFileSync(path);
      } catch (error) {
        throw new ScrapeError(`the file ${path} of the job's tls_config cannot be read`, { cause: error });
      }
    };
    const [ca, cert, certKey] = [file(tls.caFile), file(tls.certFile), file(tls.keyFile)];
    const made = new HttpsAgent({
      keepAlive: true,
      maxFreeSockets: 512,
      rejectUnauthorized: tls.insecureSkipVerify !== true,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(certKey === undefined ? {} : { key: certKey }),
      ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    });
    this.#https.set(key, made);
    return made;
  }
  close(): void {
    this.http.destroy();
    for (const agent of this.#https.values()) agent.destroy();
  }
}

async function follow(first: string, options: FetchOptions, agents: Agents): Promise<IncomingMessage> {
  const { http } = options.job;
  let url = first;
  for (let hops = 0; ; hops++) {
    const response = await get(url, options, agents, new URL(url).origin === new URL(first).origin ? await authorizationOf(http) : undefined);
    const location = response.headers.location;
    if (!http.followRedirects || location === undefined || !REDIRECTS.has(response.statusCode ?? 0)) return response;
    response.destroy();
    if (hops === MAX_REDIRECTS) throw new ScrapeError(`stopped after ${MAX_REDIRECTS} redirects`);
    const next = URL.parse(location, url);
    if (next === null || (next.protocol !== 'http:' && next.protocol !== 'https:')) throw new ScrapeError(`the target redirects to ${JSON.stringify(location.slice(0, 200))}, which cannot be scraped`);
    const problem = addressProblem(next.hostname.replaceAll(/[[\]]/g, ''));
    if (problem !== undefined) throw new ScrapeError(`the target redirects to ${next.host}: ${problem}`);
    url = next.href;
  }
}

function get(url: string, { job, timeoutMs, signal }: FetchOptions, agents: Agents, authorization: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = {
      accept: acceptHeader(job.protocols, job.escaping),
      'accept-encoding': job.enableCompression ? 'gzip' : 'identity',
      'user-agent': 'binnacle-scraper',
      'x-prometheus-scrape-timeout-seconds': String(timeoutMs / 1000),
      ...(authorization === undefined ? {} : { authorization }),
    };
    const common = { headers, signal, lookup: lookupWorkload };
    const request = url.startsWith('https:') ? httpsRequest(url, { ...common, agent: agents.https(job.http) }) : httpRequest(url, { ...common, agent: agents.http });
    request.once('response', resolve);
    request.once('error', reject);
    request.end();
  });
}

async function authorizationOf({ basicAuth, authorization }: ScrapeHttp): Promise<string | undefined> {
  const secret = async (text: string | undefined, file: string | undefined, what: string): Promise<string> => {
    if (file === undefined) return text ?? '';
    const read = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw new ScrapeError(`the ${what} cannot be read from ${file}`, { cause });
    });
    return read.trim();
  };
  if (basicAuth !== undefined) return `Basic ${Buffer.from(`${basicAuth.username}:${await secret(basicAuth.password, basicAuth.passwordFile, 'password')}`).toString('base64')}`;
  if (authorization !== undefined) return `${authorization.type} ${await secret(authorization.credentials, authorization.credentialsFile, 'credentials')}`;
  return undefined;
}

async function readPage(response: IncomingMessage, { job }: FetchOptions, buffers: PageBuffers): Promise<FetchedPage> {
  const { bodySizeLimit } = job;
  const status = response.statusCode ?? 0;
  if (status !== 200) {
    response.destroy();
    throw new ScrapeError(`the target answered with HTTP status ${status} ${STATUS_CODES[status] ?? ''}`.trim());
  }
  const stated = Number(response.headers['content-length'] ?? 0);
  const page = buffers.take(stated > 0 && stated <= MOST_STATED ? stated : 0);
  let packed = 0;
  const tooLarge = (): ScrapeError => new ScrapeError(`the page is larger than the limit of ${bodySizeLimit} bytes (body_size_limit)`, { tooLarge: true });
  const collect = async (source: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of source) {
      if (bodySizeLimit > 0 && page.length + chunk.length > bodySizeLimit) throw tooLarge();
      page.add(chunk);
    }
  };
  // What is packed endlessly small would pass the limit of what it unpacks to.
  const bounded = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      packed += chunk.length;
      if (bodySizeLimit > 0 && packed > bodySizeLimit) throw tooLarge();
      yield chunk;
    }
  };
  try {
    if (response.headers['content-encoding'] === 'gzip') await pipeline(response, bounded, createGunzip(), collect);
    else await pipeline(response, collect);
  } catch (error) {
    page.release();
    throw error;
  }
  return { body: page.bytes, release: () => page.release(), contentType: response.headers['content-type'] ?? '' };
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
    case 'Z_DATA_ERROR':
    case 'Z_BUF_ERROR':
      return 'the page says it is gzip, but it is not whole gzip';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
