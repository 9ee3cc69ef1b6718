import { looseObject, array, string, union } from 'zod';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import { defineRoute, type Route } from '#server/http/route.ts';
import { QueryError, type MetricsBackend, type QueryLimits, type QueryRequest } from '#server/promql/metrics-backend.ts';
import type { TargetStatus } from '#server/scrape/target-status.ts';
import { failure, success, successOfQuery } from './answer.ts';
import { badParameter, Parameters } from './parameters.ts';
import { targetsData } from './targets.ts';

export interface PrometheusApiDeps {
  readonly metrics: MetricsBackend;
  readonly targets: () => readonly TargetStatus[];
  readonly clock: Pick<Clock, 'now'>;
}

type Handler = (parameters: Parameters, call: { readonly params: Readonly<Record<string, string>>; readonly signal: AbortSignal }) => Promise<Response>;

const BASE = '/prometheus/api/v1';
const MAX_POINTS = 11_000;
const TRUNCATED = 'results truncated due to limit';
/** The release whose HTTP API this one follows: Grafana chooses by it what it asks for. */
const SPOKEN_VERSION = '3.5.0';
const FORM = 'application/x-www-form-urlencoded';

/** Prometheus' HTTP API over a metrics backend, for Grafana, promtool and every other client of it. Source: web/api/v1/api.go. */
export function prometheusRoutes({ metrics, targets, clock }: PrometheusApiDeps): Route[] {
  const query: Handler = async (parameters, { signal }) => {
    const time = parameters.time('time') ?? clock.now() / 1000;
    const limits = limitsOf(parameters, signal);
    return answerQuery(metrics, { query: parameters.text('query') ?? '', start: time, ...limitOf(parameters), ...limits });
  };
  const queryRange: Handler = async (parameters, { signal }) => {
    const start = parameters.requiredTime('start');
    const end = parameters.requiredTime('end');
    if (end < start) throw badParameter('end', 'end timestamp must not be before start time');
    const step = parameters.requiredDuration('step');
    if (step <= 0) throw badParameter('step', 'zero or negative query resolution step widths are not accepted. Try a positive integer');
    if ((end - start) / step > MAX_POINTS) {
      throw new QueryError('bad_data', 'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)');
    }
    const limits = limitsOf(parameters, signal);
    return answerQuery(metrics, { query: parameters.text('query') ?? '', start, end, step, ...limitOf(parameters), ...limits });
  };
  const series: Handler = async (parameters) => {
    const match = parameters.all('match[]');
    if (match.length === 0) throw new QueryError('bad_data', 'no match[] parameter provided');
    return answerList(parameters, await metrics.series({ match, ...rangeOf(parameters) }));
  };
  const labels: Handler = async (parameters) => answerList(parameters, await metrics.labels(matchAndRange(parameters)));
  const labelValues: Handler = async (parameters, { params }) => {
    const name = unescapeName(params['name'] ?? '');
    if (name === '' || !name.isWellFormed()) throw new QueryError('bad_data', `invalid label name: ${JSON.stringify(name)}`);
    return answerList(parameters, await metrics.labelValues(name, matchAndRange(parameters)));
  };
  const metadata: Handler = async (parameters) => {
    const metric = parameters.text('metric');
    const limit = parameters.limit();
    return success(await metrics.metadata({ ...(metric === undefined ? {} : { metric }), ...(limit === undefined ? {} : { limit }) }));
  };
  return [
    ...both('/query', ['query', 'time', 'timeout', 'limit', 'lookback_delta'], 'Runs a PromQL query at one moment.', query),
    ...both('/query_range', ['query', 'start', 'end', 'step', 'timeout', 'limit', 'lookback_delta'], 'Runs a PromQL query at every step of a time range.', queryRange),
    ...both('/series', ['match[]', 'start', 'end', 'limit'], 'The series that match any of the selectors.', series),
    ...both('/labels', ['match[]', 'start', 'end', 'limit'], 'The names of labels.', labels),
    row('GET', '/label/:name/values', ['match[]', 'start', 'end', 'limit'], 'The values of one label.', labelValues),
    row('GET', '/metadata', ['metric', 'limit'], 'Type and help of metrics.', metadata),
    row('GET', '/targets', ['state', 'scrapePool'], 'Scrape targets and how their last scrape went.', async (parameters) => success(targetsData(targets(), { state: parameters.text('state'), pool: parameters.text('scrapePool') }))),
    row('GET', '/status/buildinfo', [], 'Which version of the Prometheus API this is.', async () =>
      success({ version: SPOKEN_VERSION, revision: 'binnacle', branch: '', buildUser: '', buildDate: '', goVersion: '' })),
  ];
}

function both(path: string, names: readonly string[], summary: string, handler: Handler): Route[] {
  return [row('GET', path, names, summary, handler), row('POST', path, names, summary, handler)];
}

function row(method: 'GET' | 'POST', path: string, names: readonly string[], summary: string, handler: Handler): Route {
  // For the OpenAPI document only: values are checked by the handlers, which answer in Prometheus' words.
  const value = union([string(), array(string())]).optional();
  return defineRoute({
    method,
    path: `${BASE}${path}`,
    scope: 'view',
    summary,
    query: looseObject(Object.fromEntries(names.map((name) => [name, value]))),
    ...(method === 'POST' ? { rawBody: true } : {}),
    handle: async ({ url, body, headers, params, signal }) => {
      try {
        const type = (headers.get('content-type') ?? FORM).split(';')[0]?.trim().toLowerCase();
        const form: unknown = body;
        if (typeof form === 'string' && form !== '' && type !== FORM) throw new QueryError('bad_data', `send the parameters as ${FORM}, not as ${type}`);
        return await handler(new Parameters(url, typeof form === 'string' ? form : undefined), { params, signal });
      } catch (error) {
        return failure(error);
      }
    },
  });
}

async function answerQuery(metrics: MetricsBackend, request: QueryRequest): Promise<Response> {
  try {
    return successOfQuery(await metrics.queryJson(request));
  } catch (error) {
    // Everything else the caller said was checked before.
    if (error instanceof QueryError && error.errorType === 'bad_data') throw new QueryError('bad_data', `invalid parameter "query": ${error.message}`, { cause: error });
    throw error;
  }
}

function limitOf(parameters: Parameters): { limit?: number } {
  const limit = parameters.limit();
  return limit === undefined ? {} : { limit };
}

function answerList(parameters: Parameters, list: readonly unknown[]): Response {
  const limit = parameters.limit();
  return limit !== undefined && list.length > limit ? success(list.slice(0, limit), { warnings: [TRUNCATED] }) : success(list);
}

function limitsOf(parameters: Parameters, signal: AbortSignal): QueryLimits {
  const timeout = parameters.duration('timeout');
  const lookback = parameters.duration('lookback_delta');
  return { signal, ...(timeout === undefined ? {} : { timeoutMs: timeout * 1000 }), ...(lookback === undefined ? {} : { lookbackMs: lookback * 1000 }) };
}

function rangeOf(parameters: Parameters): { start?: number; end?: number } {
  const start = parameters.time('start');
  const end = parameters.time('end');
  if (start !== undefined && end !== undefined && end < start) throw badParameter('end', 'end timestamp must not be before start time');
  return { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
}

function matchAndRange(parameters: Parameters): { match?: readonly string[]; start?: number; end?: number } {
  const match = parameters.all('match[]');
  return { ...(match.length === 0 ? {} : { match }), ...rangeOf(parameters) };
}

/** A label name as clients put it into a path: `U__` marks names with `_2e_` for characters outside the old alphabet. */
function unescapeName(name: string): string {
  if (!name.startsWith('U__')) return name;
  return name.slice(3).replaceAll(/__|_([0-9a-fA-F]{1,6})_/g, (all, hex: string | undefined) => (hex === undefined ? '_' : Number.parseInt(hex, 16) > 0x10ffff ? all : String.fromCodePoint(Number.parseInt(hex, 16))));
}
