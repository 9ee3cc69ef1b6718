import { QueryError } from '#server/promql/metrics-backend.ts';
import { remoteError } from './remote-error.ts';

export interface PrometheusClientOptions {
  /** Base URL of the server, without `/api/v1`; a user and password in it are sent as basic authentication. */
  readonly url: string;
  /** Sent with every request, such as a tenant. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Gives the value of `authorization`; asked for every request, so that a secret in a file may change. */
  readonly authorization?: () => string;
  readonly fetch?: typeof fetch;
  /** Longest time a request may take. Default 30 s. */
  readonly timeoutMs?: number;
}

export type Parameter = readonly [name: string, value: string | number | undefined];
export interface ClientCall {
  /** Below `/api/v1`. */
  readonly path: string;
  readonly parameters?: readonly Parameter[];
  /** By POST, which takes long queries; servers that refuse it are asked by GET. */
  readonly post?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Longest time of this request, where it is shorter than that of all. */
  readonly timeoutMs?: number | undefined;
}
/** Asks a server of the Prometheus API; gives the body of a successful answer. Rejects with QueryError only. */
export type PrometheusClient = (call: ClientCall) => Promise<Uint8Array<ArrayBuffer>>;

const DEFAULT_TIMEOUT_MS = 30_000;

/** A client of one Prometheus-compatible server: Prometheus, Thanos, Mimir, VictoriaMetrics. */
export function createPrometheusClient(options: PrometheusClientOptions): PrometheusClient & { readonly host: string } {
  const base = new URL(options.url);
  const inUrl = base.username === '' ? undefined : basicAuthorization(decodeURIComponent(base.username), decodeURIComponent(base.password));
  base.username = '';
  base.password = '';
  const prefix = `${base.href.replace(/[?#].*$/, '').replace(/\/+$/, '')}/api/v1`;
  const { host } = base;
  const longest = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const send = options.fetch ?? fetch;
  let takesPost = true;

  const ask = async ({ path, parameters = [], post = false, signal, timeoutMs = longest }: ClientCall): Promise<Uint8Array<ArrayBuffer>> => {
    const form = new URLSearchParams(parameters.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))).toString();
    const byPost = post && takesPost;
    const limit = Math.min(timeoutMs, longest);
    const late = AbortSignal.timeout(Math.max(1, Math.ceil(limit)));
    let answer: Response;
    let body: Uint8Array<ArrayBuffer>;
    try {
      const authorization = options.authorization?.() ?? inUrl;
      const headers = { accept: 'application/json', ...options.headers, ...(authorization === undefined ? {} : { authorization }), ...(byPost ? { 'content-type': 'application/x-www-form-urlencoded' } : {}) };
      answer = await send(byPost || form === '' ? prefix + path : `${prefix}${path}?${form}`, {
        method: byPost ? 'POST' : 'GET',
        headers,
        // A redirect would turn a POST into a GET without its form.
        redirect: 'manual',
        signal: signal === undefined ? late : AbortSignal.any([late, signal]),
        ...(byPost ? { body: form } : {}),
      });
      body = new Uint8Array(await answer.arrayBuffer());
    } catch (cause) {
      if (cause instanceof QueryError) throw cause;
      if (signal?.aborted === true) throw new QueryError('canceled', 'query was canceled', { cause });
      if (late.aborted) throw new QueryError('timeout', `${host} did not answer within ${limit / 1000} s`, { cause });
      throw new QueryError('unavailable', `${host} cannot be reached: ${reasonOf(cause)}`, { cause });
    }
    if (byPost && (answer.status === 405 || answer.status === 501)) {
      takesPost = false;
      return ask({ path, parameters, post, signal, timeoutMs });
    }
    // A query that selects nothing has no exemplars.
    if (answer.status === 204) return new TextEncoder().encode('{"status":"success","data":null}');
    if (answer.status !== 200 || body[0] !== 0x7b) throw remoteError({ host, path, status: answer.status, headers: answer.headers, text: new TextDecoder().decode(body.subarray(0, 100_000)) });
    return body;
  };
  return Object.assign(ask, { host });
}

/** The header of basic authentication (RFC 7617). */
export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message === '' && 'code' in cause ? String(cause.code) : cause.message;
}
