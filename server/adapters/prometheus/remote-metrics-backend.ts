import { QueryError, type MetricsBackend, type QueryAnswer, type QueryLimits } from '#server/promql/metrics-backend.ts';
import { parseGoFloat } from '#server/promql/go-number.ts';
import { decodeQueryData } from './decode-query-data.ts';
import { notTheApi, openEnvelope, parseEnvelope } from './envelope.ts';
import { createPrometheusClient, type ClientCall, type Parameter, type PrometheusClientOptions } from './prometheus-client.ts';
import { exemplarsSchema, labelListSchema, metadataSchema, seriesListSchema } from './schemas.ts';

export type RemoteMetricsOptions = PrometheusClientOptions;
export type { Parameter };

/** The backend, and what else of the server's API is shown as it is. */
export interface RemoteMetricsBackend extends MetricsBackend {
  /** Asks for `path` below `/api/v1` and gives the data of the answer. Rejects with QueryError. */
  get(path: string, parameters?: readonly Parameter[], signal?: AbortSignal): Promise<unknown>;
  /** The same for data of a known form; other data is `unavailable`. */
  read<T>(path: string, schema: Schema<T>): Promise<T>;
}

/** What checks data; zod's do. */
export interface Schema<T> {
  safeParse(value: unknown): { readonly success: true; readonly data: T } | { readonly success: false };
}

const TRUNCATED = 'results truncated due to limit';

/**
 * A Prometheus-compatible server (Prometheus, Thanos, Mimir, VictoriaMetrics) as metrics backend. All methods reject
 * with QueryError only: with the server's own error, `unavailable` when it cannot be reached, makes no sense or lacks what was
 * asked, `timeout`, or `canceled`.
 */
export function createRemoteMetricsBackend(options: RemoteMetricsOptions): RemoteMetricsBackend {
  const ask = createPrometheusClient(options);
  const { host } = ask;
  const read = async <T>(call: ClientCall, schema: Schema<T>): Promise<T> => {
    const body = await ask(call);
    const decoded = schema.safeParse(parseEnvelope(body, host).data ?? []);
    if (!decoded.success) throw notTheApi(body, host);
    return decoded.data;
  };
  const readQuery = async (call: ClientCall): Promise<QueryAnswer> => {
    const body = await ask(call);
    const { data, warnings, infos } = parseEnvelope(body, host);
    const value = decodeQueryData(data);
    if (value === undefined) throw notTheApi(body, host);
    return { value, warnings, infos };
  };
  return {
    async queryJson({ query, start, end, step, limit, stats, ...limits }) {
      const times: Parameter[] = step === undefined ? [['time', start]] : [['start', start], ['end', end ?? start], ['step', step]];
      const body = await ask(queryCall(step === undefined ? '/query' : '/query_range', query, [...times, ['limit', limit], ['stats', stats === true ? 'all' : undefined]], limits));
      const envelope = openEnvelope(body, host);
      // Servers before 3.0, and the others, know no limit.
      return limit === undefined ? envelope : cut(envelope, limit);
    },
    async explain() {
      throw new QueryError('unavailable', 'a remote server does not tell what the parts of a query cost');
    },
    async exemplars(promql, range) {
      const found = await read({ path: '/query_exemplars', parameters: [['query', promql], ...timesOf(range)], post: true }, exemplarsSchema);
      return found.map(({ seriesLabels, exemplars }) => ({
        seriesLabels,
        exemplars: exemplars.map(({ labels, value, timestamp }) => ({ labels, value: parseGoFloat(value) ?? NaN, timestamp: Math.round(timestamp * 1000) })),
      }));
    },
    query(promql, { time, ...limits } = {}) {
      return readQuery(queryCall('/query', promql, [['time', time]], limits));
    },
    queryRange(promql, { start, end, step, ...limits }) {
      return readQuery(queryCall('/query_range', promql, [['start', start], ['end', end], ['step', step]], limits));
    },
    series(input) {
      return read({ path: '/series', parameters: selectionOf(input), post: true }, seriesListSchema);
    },
    labels(input) {
      return read({ path: '/labels', parameters: selectionOf(input), post: true }, labelListSchema);
    },
    labelValues(name, input) {
      return read({ path: `/label/${encodeURIComponent(escapeName(name))}/values`, parameters: selectionOf(input) }, labelListSchema);
    },
    metadata({ metric, limit }) {
      return read({ path: '/metadata', parameters: [['metric', metric], ['limit', limit]] }, metadataSchema);
    },
    read(path, schema) {
      return read({ path }, schema);
    },
    async get(path, parameters, signal) {
      return parseEnvelope(await ask({ path, signal, ...(parameters === undefined ? {} : { parameters }) }), host).data;
    },
  };
}

function queryCall(path: string, query: string, parameters: readonly Parameter[], { signal, timeoutMs, lookbackMs }: QueryLimits): ClientCall {
  const limits: Parameter[] = [
    ['timeout', timeoutMs === undefined ? undefined : timeoutMs / 1000],
    ['lookback_delta', lookbackMs === undefined ? undefined : lookbackMs / 1000],
  ];
  return { path, parameters: [['query', query], ...parameters, ...limits], post: true, signal };
}

function timesOf({ start, end }: { readonly start?: number; readonly end?: number }): Parameter[] {
  const known = (time: number | undefined): number | undefined => (time !== undefined && Number.isFinite(time) ? time : undefined);
  return [['start', known(start)], ['end', known(end)]];
}

function selectionOf({ match = [], ...range }: { match?: readonly string[]; start?: number; end?: number }): Parameter[] {
  return [...match.map((one): Parameter => ['match[]', one]), ...timesOf(range)];
}

/** A slash in a label's name would end the path's segment for servers that decode it first. */
function escapeName(name: string): string {
  if (!name.includes('/')) return name;
  return `U__${name.replaceAll(/[^a-zA-Z0-9]/gu, (char) => (char === '_' ? '__' : `_${(char.codePointAt(0) ?? 0).toString(16)}_`))}`;
}

function cut(envelope: Awaited<ReturnType<MetricsBackend['queryJson']>>, limit: number): Awaited<ReturnType<MetricsBackend['queryJson']>> {
  const data: unknown = JSON.parse(new TextDecoder().decode(envelope.data));
  if (typeof data !== 'object' || data === null || !('result' in data) || !('resultType' in data) || !Array.isArray(data.result)) return envelope;
  if (data.resultType !== 'vector' && data.resultType !== 'matrix') return envelope;
  if (data.result.length <= limit) return envelope;
  return { ...envelope, data: new TextEncoder().encode(JSON.stringify({ ...data, result: data.result.slice(0, limit) })), warnings: [...envelope.warnings, TRUNCATED] };
}
