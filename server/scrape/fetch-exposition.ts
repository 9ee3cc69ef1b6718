import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { acceptHeader } from './exposition/scrape-protocols.ts';
import { PageBuffers, type GrowingPage } from './page-buffers.ts';
import { PlainConnections } from './plain-connections.ts';
import { ResponseError } from './response-reader.ts';
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
const UNPACK_BYTES = 64 * 1024;
const unpack = promisify(gunzip);
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Fetches metric pages over HTTP. Follows redirects where the job allows it, but never with credentials to another origin. */
export function createExpositionFetcher(): ExpositionFetcher {
  const agents = new Agents();
  const buffers = new PageBuffers();
  return {
    async fetch(url, options) {
      try {
        return await readPage(await follow(url, options, agents, buffers), options);
      } catch (error) {
        if (error instanceof ScrapeError) throw error;
        if (error instanceof ResponseError) throw new ScrapeError(error.message, { cause: error });
        if (options.signal.aborted) throw new ScrapeError(`no complete answer within ${options.timeoutMs / 1000} s`, { cause: error });
        throw new ScrapeError(connectionReason(error), { cause: error });
      }
    },
    close: () => agents.close(),
  };
}

/** The connections, by how they are secured: jobs with the same settings share them. */
class Agents {
  readonly plain = new PlainConnections();
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
    this.plain.close();
    for (const agent of this.#https.values()) agent.destroy();
  }
}

/** An answer of a target. Its body is there when the status is 200, as it came over the wire. */
interface TargetAnswer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: GrowingPage | undefined;
}

async function follow(first: string, options: FetchOptions, agents: Agents, buffers: PageBuffers): Promise<TargetAnswer> {
  const { http } = options.job;
  let url = first;
  for (let hops = 0; ; hops++) {
    const answer = await get(new URL(url), options, agents, buffers, new URL(url).origin === new URL(first).origin ? await authorizationOf(http) : undefined);
    const location = answer.header('location');
    if (!http.followRedirects || location === undefined || !REDIRECTS.has(answer.status)) return answer;
    if (hops === MAX_REDIRECTS) throw new ScrapeError(`stopped after ${MAX_REDIRECTS} redirects`);
    const next = URL.parse(location, url);
    if (next === null || (next.protocol !== 'http:' && next.protocol !== 'https:')) throw new ScrapeError(`the target redirects to ${JSON.stringify(location.slice(0, 200))}, which cannot be scraped`);
    const problem = addressProblem(next.hostname.replaceAll(/[[\]]/g, ''));
    if (problem !== undefined) throw new ScrapeError(`the target redirects to ${next.host}: ${problem}`);
    url = next.href;
  }
}

async function get(url: URL, { job, timeoutMs, signal }: FetchOptions, agents: Agents, buffers: PageBuffers, authorization: string | undefined): Promise<TargetAnswer> {
  const headers = {
    accept: acceptHeader(job.protocols, job.escaping),
    'accept-encoding': job.enableCompression ? 'gzip' : 'identity',
    'user-agent': 'binnacle-scraper',
    'x-prometheus-scrape-timeout-seconds': String(timeoutMs / 1000),
    ...(authorization === undefined ? {} : { authorization }),
  };
  let page: GrowingPage | undefined;
  const begin = (statedLength: string | undefined): ((piece: Buffer) => void) => {
    const stated = Number(statedLength ?? 0);
    const taking = (page = buffers.take(stated > 0 && stated <= MOST_STATED ? stated : 0));
    return (piece) => {
      if (job.bodySizeLimit > 0 && taking.length + piece.length > job.bodySizeLimit) throw tooLarge(job.bodySizeLimit);
      taking.add(piece);
    };
  };
  try {
    if (url.protocol === 'http:') {
      const { status, headers: found } = await agents.plain.get({ url, headers, lookup: lookupWorkload, signal, onHead: (head) => (head.status === 200 ? begin(head.headers.get('content-length')) : undefined) });
      return { status, header: (name) => found.get(name), body: page };
    }
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = httpsRequest(url, { headers, signal, lookup: lookupWorkload, agent: agents.https(job.http) });
      request.once('response', resolve);
      request.once('error', reject);
      request.end();
    });
    if (response.statusCode === 200) {
      const take = begin(response.headers['content-length']);
      for await (const piece of response as AsyncIterable<Buffer>) take(piece);
    } else response.destroy();
    return { status: response.statusCode ?? 0, header: (name) => response.headers[name]?.toString(), body: page };
  } catch (error) {
    page?.release();
    throw error;
  }
}

function tooLarge(limit: number): ScrapeError {
  return new ScrapeError(`the page is larger than the limit of ${limit} bytes (body_size_limit)`, { tooLarge: true });
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

async function readPage({ status, header, body }: TargetAnswer, { job: { bodySizeLimit } }: FetchOptions): Promise<FetchedPage> {
  if (status !== 200 || body === undefined) throw new ScrapeError(`the target answered with HTTP status ${status} ${STATUS_CODES[status] ?? ''}`.trim());
  const contentType = header('content-type') ?? '';
  if (header('content-encoding') !== 'gzip') return { body: body.bytes, release: () => body.release(), contentType };
  try {
    const unpacked = await unpack(body.bytes, { chunkSize: UNPACK_BYTES, ...(bodySizeLimit > 0 ? { maxOutputLength: bodySizeLimit } : {}) });
    return { body: unpacked, release: () => undefined, contentType };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(bodySizeLimit);
    throw error;
  } finally {
    body.release();
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
    case 'Z_DATA_ERROR':
    case 'Z_BUF_ERROR':
      return 'the page says it is gzip, but it is not whole gzip';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
