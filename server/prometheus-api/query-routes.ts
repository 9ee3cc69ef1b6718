import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Route } from '#server/http/route.ts';
import { walkExpr, type Expr } from '#server/promql/ast.ts';
import { formatApiFloat } from '#server/promql/go-number.ts';
import { prettyExpr } from '#server/promql/format-expr.ts';
import { QueryError, type MetricsBackend, type QueryLimits, type QueryRequest } from '#server/promql/metrics-backend.ts';
import { parsePromql } from '#server/promql/parse.ts';
import type { SeriesExemplars } from '#server/timeseries/storage.ts';
import { success, successOfQuery } from './answer.ts';
import { getAndPostRoutes, type ApiHandler } from './api-route.ts';
import { badParameter, type Parameters } from './parameters.ts';
import { translateAst } from './translate-ast.ts';

export interface QueryRoutesDeps {
  readonly metrics: MetricsBackend;
  readonly clock: Pick<Clock, 'now'>;
  /** Whether functions behind Prometheus' feature flags may be formatted and parsed. Default off. */
  readonly experimental?: boolean;
}

const MAX_POINTS = 11_000;
const LIMITS = ['timeout', 'limit', 'lookback_delta', 'stats'];

/** The calls that read PromQL. Source: web/api/v1/api.go. */
export function queryRoutes({ metrics, clock, experimental = false }: QueryRoutesDeps): Route[] {
  const parse = (text: string): { readonly expr: Expr } | { readonly fault: string } => {
    const parsed = parsePromql(text, { experimental });
    return parsed.ok ? { expr: parsed.expr } : { fault: parsed.error.message };
  };
  const parseQueryParameter = (parameters: Parameters): Expr => {
    const parsed = parse(parameters.text('query') ?? '');
    if ('fault' in parsed) throw badParameter('query', parsed.fault);
    return parsed.expr;
  };
  const query: ApiHandler = async (parameters, { signal }) => {
    const limit = limitOf(parameters);
    const time = parameters.time('time') ?? clock.now() / 1000;
    return answerQuery(metrics, parameters, { query: parameters.text('query') ?? '', start: time, ...limit, ...limitsOf(parameters, signal) });
  };
  const queryRange: ApiHandler = async (parameters, { signal }) => {
    const limit = limitOf(parameters);
    const start = parameters.requiredTime('start');
    const end = parameters.requiredTime('end');
    if (end < start) throw badParameter('end', 'end timestamp must not be before start time');
    const step = parameters.requiredDuration('step');
    if (step <= 0) throw badParameter('step', 'zero or negative query resolution step widths are not accepted. Try a positive integer');
    if (Math.floor((end - start) / step) > MAX_POINTS) {
      throw new QueryError('bad_data', 'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)');
    }
    return answerQuery(metrics, parameters, { query: parameters.text('query') ?? '', start, end, step, ...limit, ...limitsOf(parameters, signal) });
  };
  const exemplars: ApiHandler = async (parameters) => {
    const start = parameters.time('start') ?? -Infinity;
    const end = parameters.time('end') ?? Infinity;
    if (end < start) throw new QueryError('bad_data', 'end timestamp must not be before start timestamp');
    const text = parameters.text('query') ?? '';
    const parsed = parse(text);
    if ('fault' in parsed) throw new QueryError('bad_data', parsed.fault);
    // What selects nothing has no exemplars to ask for.
    if (!hasSelector(parsed.expr)) return new Response(null, { status: 204 });
    return success((await metrics.exemplars(text, { start, end })).map(exemplarsData));
  };
  const formatQuery: ApiHandler = async (parameters) => success(prettyExpr(parseQueryParameter(parameters)));
  const parseQuery: ApiHandler = async (parameters) => success(translateAst(parseQueryParameter(parameters)));
  return [
    ...getAndPostRoutes('/query', ['query', 'time', ...LIMITS], 'Runs a PromQL query at one moment.', query),
    ...getAndPostRoutes('/query_range', ['query', 'start', 'end', 'step', ...LIMITS], 'Runs a PromQL query at every step of a time range.', queryRange),
    ...getAndPostRoutes('/query_exemplars', ['query', 'start', 'end'], 'Exemplars of the series that a query selects.', exemplars),
    ...getAndPostRoutes('/format_query', ['query'], 'A PromQL expression, laid out for reading.', formatQuery),
    ...getAndPostRoutes('/parse_query', ['query'], 'A PromQL expression as a tree.', parseQuery),
  ];
}

async function answerQuery(metrics: MetricsBackend, parameters: Parameters, request: QueryRequest): Promise<Response> {
  const stats = parameters.text('stats');
  try {
    const answer = await metrics.queryJson({ ...request, ...(stats === undefined ? {} : { stats: true }) });
    const odd = stats === undefined || stats === 'true' || stats === 'all' ? [] : [`value ${JSON.stringify(stats)} for parameter "stats" is deprecated and will be rejected in the next major release, use "true" or "all"`];
    return successOfQuery({ ...answer, warnings: [...answer.warnings, ...odd] });
  } catch (error) {
    // Everything else the caller said was checked before.
    if (error instanceof QueryError && error.errorType === 'bad_data') throw badParameter('query', error.message, error);
    throw error;
  }
}

function limitOf(parameters: Parameters): { limit?: number } {
  const limit = parameters.limit();
  return limit === undefined ? {} : { limit };
}

function limitsOf(parameters: Parameters, signal: AbortSignal): QueryLimits {
  const timeout = parameters.duration('timeout');
  const lookback = parameters.lookback();
  return { signal, ...(timeout === undefined ? {} : { timeoutMs: timeout * 1000 }), ...(lookback === undefined ? {} : { lookbackMs: lookback * 1000 }) };
}

function hasSelector(expr: Expr): boolean {
  let found = false;
  walkExpr(expr, (node) => {
    found ||= node.kind === 'vector-selector';
  });
  return found;
}

function exemplarsData({ seriesLabels, exemplars }: SeriesExemplars): unknown {
  return { seriesLabels, exemplars: exemplars.map(({ labels, value, timestamp }) => ({ labels, value: formatApiFloat(value), timestamp: timestamp / 1000 })) };
}
