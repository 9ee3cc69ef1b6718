import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { KubeError, type KubeStatus } from './kube-client.ts';

/** How to reach and be known to an API server. */
export interface KubeConnection {
  readonly server: string;
  readonly token?: string;
  /** Roots to trust; absent: the system's. */
  readonly caPem?: string;
  readonly clientCert?: { readonly certPem: string; readonly keyPem: string };
  readonly insecureSkipTlsVerify?: boolean;
  readonly tlsServerName?: string;
  /** Longest wait for a whole answer (not of a watch), milliseconds. Default 10,000. */
  readonly fetchTimeoutMs?: number;
  readonly userAgent?: string;
}
export interface KubeRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: { readonly contentType: string; readonly value: unknown };
  readonly signal?: AbortSignal;
}
export interface KubeResponse {
  readonly body: unknown;
  /** Texts of the `Warning: 299` headers. */
  readonly warnings: readonly string[];
}

/** HTTP with one API server over kept-alive connections: whole answers by `send`, lines of a watch by `openStream`. */
export class KubeHttp {
  readonly #connection: KubeConnection;
  readonly #base: URL;
  readonly #agent: HttpAgent;
  readonly #secure: boolean;

  constructor(connection: KubeConnection) {
    this.#connection = connection;
    this.#base = new URL(connection.server);
    this.#secure = this.#base.protocol === 'https:';
    this.#agent = this.#secure
      ? new HttpsAgent({
          keepAlive: true,
          rejectUnauthorized: connection.insecureSkipTlsVerify !== true,
          ...(connection.caPem === undefined ? {} : { ca: connection.caPem }),
          ...(connection.clientCert === undefined ? {} : { cert: connection.clientCert.certPem, key: connection.clientCert.keyPem }),
          ...(connection.tlsServerName === undefined ? {} : { servername: connection.tlsServerName }),
        })
      : new HttpAgent({ keepAlive: true });
  }

  /**
   * Sends a request and reads the whole answer. A GET whose kept-alive connection turns out to be closed is sent once more.
   * @throws KubeError for an error answer; a network error, or an AbortError / TimeoutError, when there is none.
   */
  async send(request: KubeRequest): Promise<KubeResponse> {
    try {
      return await this.#sendOnce(request);
    } catch (error) {
      // The server may have closed an idle connection at this very moment; only a read is safe to repeat blindly.
      if (request.method === 'GET' && error instanceof StaleConnectionError) return this.#sendOnce(request);
      throw error instanceof StaleConnectionError ? error.cause : error;
    }
  }

  /** Opens a long answer; the caller reads it. `signal` ends it. @throws as `send`. */
  async openStream(request: KubeRequest & { readonly signal: AbortSignal }): Promise<IncomingMessage> {
    const response = await this.#open(request, request.signal);
    // A half-open connection (a laptop that slept, a host that vanished) must not look like a quiet watch for ever.
    response.socket.setKeepAlive(true, 15_000);
    if (response.statusCode === 200) return response;
    throw new KubeError(statusOf(response, parse(await readText(response))));
  }

  async #sendOnce(request: KubeRequest): Promise<KubeResponse> {
    const timeout = AbortSignal.timeout(this.#connection.fetchTimeoutMs ?? 10_000);
    const response = await this.#open(request, request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]));
    const body = parse(await readText(response));
    const code = response.statusCode ?? 0;
    if (code < 200 || code > 299 || body === undefined) throw new KubeError(statusOf(response, body));
    return { body, warnings: parseWarnings(response.headersDistinct['warning'] ?? []) };
  }

  #open(request: KubeRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const url = this.#url(request);
    const payload = request.body === undefined ? undefined : JSON.stringify(request.body.value);
    const headers = {
      accept: 'application/json',
      'user-agent': this.#connection.userAgent ?? 'binnacle',
      ...(this.#connection.token === undefined ? {} : { authorization: `Bearer ${this.#connection.token}` }),
      ...(payload === undefined ? {} : { 'content-type': request.body?.contentType, 'content-length': Buffer.byteLength(payload) }),
    };
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const send = this.#secure ? httpsRequest : httpRequest;
      const outgoing: ClientRequest = send(url, { method: request.method, headers, agent: this.#agent, signal });
      outgoing.on('response', resolve);
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        // Node reports every abort alike; the signal knows whether it was the time limit.
        if (signal.aborted) reject(signal.reason instanceof Error ? signal.reason : error);
        else reject(outgoing.reusedSocket && error.code === 'ECONNRESET' ? new StaleConnectionError('the kept-alive connection was closed', { cause: error }) : error);
      });
      outgoing.end(payload);
    });
  }

  #url(request: KubeRequest): URL {
    const url = new URL(this.#base);
    url.pathname = `${this.#base.pathname.replace(/\/$/, '')}${request.path}`;
    for (const [key, value] of Object.entries(request.query ?? {})) if (value !== undefined) url.searchParams.set(key, value);
    return url;
  }
}

class StaleConnectionError extends Error {}

/** The texts of `Warning` headers: `299 - "text"`, with backslash escapes inside the quotes (RFC 7234, section 5.5). */
export function parseWarnings(headers: readonly string[]): readonly string[] {
  return headers.flatMap((header) => [...header.matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) => (match[1] ?? '').replaceAll(/\\(.)/g, '$1')));
}

async function readText(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response as AsyncIterable<string>) text += chunk;
  return text;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The Status of an error answer; made up from the HTTP code where the answer (of a proxy in between, say) is none. */
function statusOf(response: IncomingMessage, body: unknown): KubeStatus {
  if (typeof body === 'object' && body !== null && 'kind' in body && body.kind === 'Status' && 'code' in body && typeof body.code === 'number') {
    // An answer of kind Status with a code is the API's own error form; its optional fields are only shown.
    return { reason: 'Unknown', message: `the API server answered ${body.code}`, ...body } as KubeStatus;
  }
  const code = response.statusCode ?? 0;
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Unknown', code, message: `the API server answered ${code} ${response.statusMessage ?? ''} without a Status`.replace('  ', ' ') };
}
