import type { Route } from '#server/http/route.ts';
import { QueryError, type MetricsBackend } from '#server/promql/metrics-backend.ts';
import { success, successOfList } from './answer.ts';
import { getAndPostRoutes, getRoute, type ApiHandler } from './api-route.ts';
import { badParameter, type Parameters } from './parameters.ts';

const SELECTION = ['match[]', 'start', 'end', 'limit'];

interface Selection {
  readonly match?: readonly string[];
  readonly start?: number;
  readonly end?: number;
}

/** The calls that tell which series, labels and metrics there are. Source: web/api/v1/api.go. */
export function seriesRoutes({ metrics }: { readonly metrics: MetricsBackend }): Route[] {
  const series: ApiHandler = async (parameters) => {
    const match = parameters.all('match[]');
    if (match.length === 0) throw new QueryError('bad_data', 'no match[] parameter provided');
    const limit = parameters.limit();
    const range = rangeOf(parameters);
    try {
      return successOfList(isNever(range) ? [] : await metrics.series({ match, ...range }), limit);
    } catch (error) {
      if (error instanceof QueryError && error.errorType === 'bad_data') throw badParameter('match[]', error.message, error);
      throw error;
    }
  };
  const labels: ApiHandler = async (parameters) => {
    const limit = parameters.limit();
    const selection = selectionOf(parameters);
    return successOfList(isNever(selection) ? [] : await metrics.labels(selection), limit);
  };
  const labelValues: ApiHandler = async (parameters, { params }) => {
    const name = unescapeName(params['name'] ?? '');
    if (name === '' || !name.isWellFormed()) throw new QueryError('bad_data', `invalid label name: ${JSON.stringify(name)}`);
    const limit = parameters.limit();
    const selection = selectionOf(parameters);
    return successOfList(isNever(selection) ? [] : await metrics.labelValues(name, selection), limit);
  };
  const metadata: ApiHandler = async (parameters) => {
    const limit = parameters.count('limit');
    const perMetric = parameters.count('limit_per_metric');
    const metric = parameters.text('metric');
    const all = await metrics.metadata({ ...(metric === undefined ? {} : { metric }), ...(limit === undefined ? {} : { limit }) });
    // A limit of 0 lists no metric, but does not limit the entries of one.
    return success(perMetric === undefined || perMetric === 0 ? all : Object.fromEntries(Object.entries(all).map(([name, entries]) => [name, entries.slice(0, perMetric)])));
  };
  return [
    ...getAndPostRoutes('/series', SELECTION, 'The series that match any of the selectors.', series),
    ...getAndPostRoutes('/labels', SELECTION, 'The names of labels.', labels),
    getRoute('/label/:name/values', SELECTION, 'The values of one label.', labelValues),
    getRoute('/metadata', ['metric', 'limit', 'limit_per_metric'], 'Type and help of metrics.', metadata),
  ];
}

function rangeOf(parameters: Parameters): Pick<Selection, 'start' | 'end'> {
  const start = parameters.time('start');
  const end = parameters.time('end');
  return { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
}

function selectionOf(parameters: Parameters): Selection {
  const match = parameters.all('match[]');
  return { ...rangeOf(parameters), ...(match.length === 0 ? {} : { match }) };
}

/** A range that ends before it starts holds nothing: no error in Prometheus, whose clients send such when clocks differ. */
function isNever({ start, end }: Selection): boolean {
  return start !== undefined && end !== undefined && end < start;
}

/**
 * A label name as clients put it into a path: `U__` marks names with `_2e_` for characters outside the old alphabet. A name that
 * is not escaped so throughout is taken as it is. Source: common/model/metric.go UnescapeName.
 */
function unescapeName(name: string): string {
  const escaped = /^U__((?:[^_]|__|_[0-9a-fA-F]{1,5}_)*)$/.exec(name)?.[1];
  if (escaped === undefined) return name;
  const plain = escaped.replaceAll(/_([0-9a-fA-F]*)_/g, (_, hex: string) => (hex === '' ? '_' : String.fromCodePoint(Number.parseInt(hex, 16))));
  return plain.isWellFormed() ? plain : name;
}
