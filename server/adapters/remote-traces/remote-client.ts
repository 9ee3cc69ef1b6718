import { messageOf, ServerError } from '#server/server-error.ts';

/** How a server elsewhere is got into. */
export interface RemoteAccess {
  /** Sent with every request, such as a tenant. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Gives the value of `authorization`; asked for every request, so that a secret in a file may change. */
  readonly authorization?: () => string;
  readonly fetch?: typeof fetch;
  /** Longest time a request may take. Default 10 s, after which Jaeger's own UI gives up too. */
  readonly timeoutMs?: number;
}
export interface RemoteServer extends RemoteAccess {
  /** What it is, for messages: `Jaeger`. */
  readonly product: string;
  /** Base URL; a user and password in it are sent as basic authentication. */
  readonly url: string;
  /** Of the command line, for messages: `--jaeger-url`. */
  readonly option: string;
}
export interface RemoteAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
}
export interface RemoteClient {
  /** `Jaeger at 10.0.0.1:16686`, for people. */
  readonly name: string;
  /** Any answer but one that refuses the credentials. Rejects with ServerError `upstream` or `timeout`; with the signal's reason when it aborts. */
  get(path: string, query?: URLSearchParams, options?: { readonly accept?: string; readonly signal?: AbortSignal | undefined }): Promise<RemoteAnswer>;
  /** The error for an answer that is not what was asked for. */
  refused(path: string, answer: RemoteAnswer): ServerError;
}

const DEFAULT_TIMEOUT_MS = 10_000;
/** An answer that is larger is given up: it would be held several times over while it is read. */
const MAX_BYTES = 512 * 1024 * 1024;
const SHOWN_CHARACTERS = 200;

/** A client of one server of traces. */
export function createRemoteClient({ product, url, option, headers, authorization, fetch: send = fetch, timeoutMs = DEFAULT_TIMEOUT_MS }: RemoteServer): RemoteClient {
  const base = new URL(url);
  const inUrl = base.username === '' ? undefined : `Basic ${Buffer.from(`${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`).toString('base64')}`;
  base.username = '';
  base.password = '';
  const prefix = base.href.replace(/[?#].*$/, '').replace(/\/+$/, '');
  const name = `${product} at ${base.host}`;
  return {
    name,
    async get(path, query, { accept = 'application/json', signal } = {}) {
      const late = AbortSignal.timeout(timeoutMs);
      const parameters = query?.toString() ?? '';
      let answer: RemoteAnswer;
      try {
        const auth = authorization?.() ?? inUrl;
        const response = await send(`${prefix}${path}${parameters === '' ? '' : `?${parameters}`}`, {
          headers: { accept, ...headers, ...(auth === undefined ? {} : { authorization: auth }) },
          redirect: 'manual',
          signal: signal === undefined ? late : AbortSignal.any([late, signal]),
        });
        answer = { status: response.status, type: response.headers.get('content-type') ?? '', body: await readWhole(response, name) };
      } catch (cause) {
        signal?.throwIfAborted();
        if (cause instanceof ServerError) throw cause;
        if (late.aborted) throw new ServerError('timeout', `${name} did not answer within ${timeoutMs / 1000} s.`, { cause });
        throw new ServerError('upstream', `${name} cannot be reached: ${reasonOf(cause)}.`, { hint: `Check that it runs and what ${option} says.`, cause });
      }
      if (answer.status === 401 || answer.status === 403) throw new ServerError('upstream', `${name} does not let this console in (${answer.status})${said(answer)}.`, { hint: 'Check --traces-user, --traces-token-file and --traces-header.' });
      return answer;
    },
    refused(path, answer) {
      if (answer.status >= 300 && answer.status < 400) return new ServerError('upstream', `${name} sends elsewhere (${answer.status}).`, { hint: `Give the address it sends to as ${option}.` });
      if (answer.status === 504) return new ServerError('timeout', `${name} did not get an answer in time${said(answer)}.`);
      if (answer.status === 400 || answer.status === 422) return new ServerError('bad-request', `${name} refuses the query${said(answer)}.`);
      return new ServerError('upstream', `${name} answered ${answer.status} to ${path}${said(answer)}.`, { hint: `Check that ${option} is the address of ${product}'s query API.` });
    },
  };
}

async function readWhole(response: Response, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Safe because fetch gives bytes; the DOM's types do not know that the stream is iterable.
  for await (const chunk of (response.body ?? []) as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new ServerError('upstream', `${name} sent more than ${MAX_BYTES / 1024 / 1024} MiB.`, { hint: 'Ask for less: a shorter time or a narrower query.' });
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** The JSON of an answer; undefined when it is none. */
export function jsonOf({ body }: RemoteAnswer): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    // A page or plain words.
    return undefined;
  }
}

function said({ body }: RemoteAnswer): string {
  const text = new TextDecoder().decode(body.subarray(0, 20_000));
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text)?.[1];
  const words = (title ?? text).replaceAll(/\s+/g, ' ').trim();
  return words === '' ? '' : `: ${words.length > SHOWN_CHARACTERS ? `${words.slice(0, SHOWN_CHARACTERS)}…` : words}`;
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return messageOf(error);
  return cause.message === '' && 'code' in cause ? String(cause.code) : cause.message;
}
