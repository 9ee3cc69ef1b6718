import { parseGoFloat } from '#server/promql/go-number.ts';
import { QueryError, type MetricsBackend, type QueryAnswer, type QueryLimits, type QueryValue, type SamplePair } from '#server/promql/metrics-backend.ts';
import { toQueryJson } from '#server/promql/query-json.ts';
import { errorSchema, labelListSchema, metadataSchema, queryDataSchema, seriesListSchema, successSchema, type QueryData } from './schemas.ts';

export interface RemoteMetricsOptions {
  /** Base URL of the server, without `/api/v1`; a user and password in it are sent as basic authentication. */
  readonly url: string;
  /** Sent with every request, such as `authorization` or a tenant. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly fetch?: typeof fetch;
  /** Longest time a request may take. Default 30 s. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const NO_HISTOGRAMS = 'native histograms in the result are not shown';

/**
 * A Prometheus-compatible server (Prometheus, Thanos, Mimir, VictoriaMetrics) as metrics backend. All methods reject
 * with QueryError only: with the server's own error, `unavailable` when it cannot be reached or makes no sense, `timeout`,
 * or `canceled`.
 */
export function createRemoteMetricsBackend(options: RemoteMetricsOptions): MetricsBackend {
  const call = createCaller(options);
  const limits = ({ timeoutMs, lookbackMs }: QueryLimits): Parameter[] => [
    ['timeout', timeoutMs === undefined ? undefined : `${Math.ceil(timeoutMs)}ms`],
    ['lookback_delta', lookbackMs === undefined ? undefined : `${Math.round(lookbackMs)}ms`],
  ];
  const selection = ({ match = [], start, end }: { match?: readonly string[]; start?: number; end?: number }): Parameter[] => [
    ...match.map((one): Parameter => ['match[]', one]),
    ['start', start],
    ['end', end],
  ];
  const backend: MetricsBackend = {
    async queryJson({ query, start, end, step, limit, ...rest }) {
      const answer = step === undefined ? await backend.query(query, { time: start, ...rest }) : await backend.queryRange(query, { start, end: end ?? start, step, ...rest });
      return toQueryJson(answer, limit);
    },
    async explain() {
      throw new QueryError('unavailable', 'a remote server does not tell what the parts of a query cost');
    },
    async exemplars() {
      return [];
    },
    async query(promql, { time, signal, ...rest } = {}) {
      return toAnswer(await call('POST', '/query', [['query', promql], ['time', time], ...limits(rest)], queryDataSchema, signal));
    },
    async queryRange(promql, { start, end, step, signal, ...rest }) {
      return toAnswer(await call('POST', '/query_range', [['query', promql], ['start', start], ['end', end], ['step', step], ...limits(rest)], queryDataSchema, signal));
    },
    async series(input) {
      return (await call('POST', '/series', selection(input), seriesListSchema)).data;
    },
    async labels(input) {
      return (await call('POST', '/labels', selection(input), labelListSchema)).data;
    },
    async labelValues(name, input) {
      return (await call('GET', `/label/${encodeURIComponent(name)}/values`, selection(input), labelListSchema)).data;
    },
    async metadata({ metric, limit }) {
      return (await call('GET', '/metadata', [['metric', metric], ['limit', limit]], metadataSchema)).data;
    },
  };
  return backend;
}

type Parameter = readonly [name: string, value: string | number | undefined];
interface Called<T> {
  readonly data: T;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}
interface Schema<T> {
  safeParse(value: unknown): { readonly success: true; readonly data: T } | { readonly success: false };
}
type Caller = <T>(method: 'GET' | 'POST', path: string, parameters: readonly Parameter[], schema: Schema<T>, signal?: AbortSignal) => Promise<Called<T>>;

/** Calls of the server's HTTP API: the checked `data` of the answer. Rejects with QueryError as the backend does. */
export function createCaller(options: RemoteMetricsOptions): Caller {
  const base = new URL(options.url);
  const headers: Record<string, string> = { accept: 'application/json', ...options.headers };
  if (base.username !== '') headers['authorization'] = `Basic ${Buffer.from(`${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`).toString('base64')}`;
  base.username = '';
  base.password = '';
  const prefix = base.href.replace(/\/$/, '');
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const send = options.fetch ?? fetch;
  return async (method, path, parameters, schema, signal) => {
    const form = new URLSearchParams(parameters.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
    const late = AbortSignal.timeout(timeoutMs);
    const url = `${prefix}/api/v1${path}${method === 'GET' && form.size > 0 ? `?${form}` : ''}`;
    let status: number;
    let text: string;
    try {
      const response = await send(url, { method, headers, signal: signal === undefined ? late : AbortSignal.any([late, signal]), ...(method === 'POST' ? { body: form } : {}) });
      status = response.status;
      text = await response.text();
    } catch (cause) {
      if (signal?.aborted === true) throw new QueryError('canceled', 'query was canceled', { cause });
      if (late.aborted) throw new QueryError('timeout', `${base.host} did not answer within ${timeoutMs / 1000} s`, { cause });
      throw new QueryError('unavailable', `${base.host} cannot be reached: ${reasonOf(cause)}`, { cause });
    }
    return readAnswer(text, status, base.host, schema);
  };
}

function readAnswer<T>(text: string, status: number, host: string, schema: Schema<T>): Called<T> {
  const body = parseJson(text);
  const failed = errorSchema.safeParse(body);
  if (failed.success) throw new QueryError(errorTypeOf(failed.data.errorType, status), failed.data.error.replace(/^invalid parameter "query": /, ''));
  const envelope = successSchema.safeParse(body);
  const data = envelope.success ? schema.safeParse(envelope.data.data) : envelope;
  if (!envelope.success || !data.success) throw new QueryError('unavailable', `${host} answered with status ${status} and not as the Prometheus API does: ${text.slice(0, 120)}`);
  return { data: data.data, warnings: envelope.data.warnings ?? [], infos: envelope.data.infos ?? [] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Told as "not as the Prometheus API does", with the text.
    return undefined;
  }
}

function errorTypeOf(errorType: string, status: number): QueryError['errorType'] {
  switch (errorType) {
    case 'bad_data':
    case 'execution':
    case 'timeout':
    case 'canceled':
    case 'internal':
    case 'unavailable':
      return errorType;
    default:
      return status >= 400 && status < 500 ? 'bad_data' : 'internal';
  }
}

function toAnswer({ data, warnings, infos }: Called<QueryData>): QueryAnswer {
  const { value, hasHistograms } = toValue(data);
  return { value, infos, warnings: hasHistograms ? [...warnings, NO_HISTOGRAMS] : warnings };
}

function toValue(data: QueryData): { readonly value: QueryValue; readonly hasHistograms: boolean } {
  switch (data.resultType) {
    case 'vector': {
      const result = data.result.flatMap(({ metric, value }) => (value === undefined ? [] : [{ metric, value: toPair(value) }]));
      return { value: { resultType: 'vector', result }, hasHistograms: result.length < data.result.length };
    }
    case 'matrix': {
      const result = data.result.flatMap(({ metric, values }) => (values === undefined ? [] : [{ metric, values: values.map(toPair) }]));
      return { value: { resultType: 'matrix', result }, hasHistograms: result.length < data.result.length };
    }
    case 'scalar':
      return { value: { resultType: 'scalar', result: toPair(data.result) }, hasHistograms: false };
    case 'string':
      return { value: { resultType: 'string', result: data.result }, hasHistograms: false };
  }
}

function toPair([time, value]: readonly [number, string]): SamplePair {
  return [time, parseGoFloat(value) ?? NaN];
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
