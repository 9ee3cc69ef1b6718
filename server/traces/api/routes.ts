import { defineRoute, type Route } from '#server/http/route.ts';
import type { ServerContext } from '#server/server-context.ts';
import { SearchTracesQuery, SearchTracesResponse } from '#server/traces/schemas.ts';
import type { HeatmapRegion, TraceSelection } from '#server/traces/trace-questions.ts';
import type { TraceQl } from '#server/traces/traceql/ast.ts';
import { chooseStep } from './choose-step.ts';
import { type ReadRange, RequestReader } from './read-request.ts';
import { readSearchForm } from './read-search-form.ts';
import {
  TraceAttributesResponse,
  TraceAttributeValuesQuery,
  TraceAttributeValuesResponse,
  TraceBackendResponse,
  TraceDeltasQuery,
  TraceDeltasResponse,
  TraceFacetsQuery,
  TraceFacetsResponse,
  TraceHeatmapQuery,
  TraceHeatmapResponse,
  TraceMetricsQuery,
  TraceMetricsResponse,
  TracePercentileQuery,
  TracePercentileResponse,
  TraceSearchQuery,
  TraceSearchResponse,
} from './schemas.ts';

/** Questions about many traces: each reads its texts, asks the backend, and says what range it was over and how long it took. */
export function traceQuestionRoutes({ traces, clock }: Pick<ServerContext, 'traces' | 'clock'>): Route[] {
  const timed = async <T extends object>({ fromMs, toMs }: ReadRange, answer: Promise<T>): Promise<T & { readonly fromMs: number; readonly toMs: number; readonly tookMs: number }> => {
    const started = clock.now();
    return { ...(await answer), fromMs, toMs, tookMs: clock.now() - started };
  };
  return [
    defineRoute({
      method: 'GET',
      path: '/api/traces',
      scope: 'view',
      summary: 'Traces of which one span matches, sorted over all matches.',
      query: SearchTracesQuery,
      response: SearchTracesResponse,
      handle: async ({ query, signal }) => {
        const { request, range } = readSearchForm(query, clock.now());
        return timed(range, traces.search(request, signal).then(({ traces: found, totalTraces }) => ({ traces: found.map(({ matched: _, spanSets: _sets, ...summary }) => summary), total: totalTraces })));
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/traces/search',
      scope: 'view',
      summary: 'Traces and their matching spans by TraceQL, sorted and counted over all matches.',
      query: TraceSearchQuery,
      response: TraceSearchResponse,
      handle: async ({ query: { q, from, to, sort, limit, offset, spans, columns: columnsText }, signal }) => {
        const reader = new RequestReader(clock.now());
        const range = reader.range({ from, to });
        const query = reader.query(q, 'search');
        const columns = reader.fields('columns', columnsText);
        reader.finish();
        return timed(range, traces.search({ ...selection(query, range), sort, limit, offset, spansPerTrace: spans, columns }, signal));
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/traces/heatmap',
      scope: 'view',
      summary: 'How many traces (or spans) match, by time and duration.',
      query: TraceHeatmapQuery,
      response: TraceHeatmapResponse,
      handle: async ({ query: { q, from, to, of, times, durations }, signal }) => {
        const reader = new RequestReader(clock.now());
        const range = reader.range({ from, to });
        const query = reader.query(q, 'search');
        reader.finish();
        return timed(range, traces.heatmap({ ...selection(query, range), of, timeBuckets: times, durationBuckets: durations }, signal));
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/traces/facets',
      scope: 'view',
      summary: 'The most frequent values of attributes among the matching spans.',
      query: TraceFacetsQuery,
      response: TraceFacetsResponse,
      handle: async ({ query: { q, from, to, fields: fieldsText, limit }, signal }) => {
        const reader = new RequestReader(clock.now());
        const range = reader.range({ from, to });
        const query = reader.query(q, 'search');
        const fields = reader.fields('fields', fieldsText);
        reader.finish();
        return timed(range, traces.facets({ ...selection(query, range), fields, limit }, signal));
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/traces/deltas',
      scope: 'view',
      summary: 'Which attributes tell the spans in a rectangle of the heat map from the others.',
      query: TraceDeltasQuery,
      response: TraceDeltasResponse,
      handle: async ({ query: input, signal }) => {
        const reader = new RequestReader(clock.now());
        const range = reader.range(input);
        const query = reader.query(input.q, 'search');
        const region = readRegion(reader, input);
        reader.finish();
        return timed(range, traces.deltas({ ...selection(query, range), region, limit: input.limit }, signal));
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/traces/metrics',
      scope: 'view',
      summary: 'Series over time measured from the matching spans, with exemplars.',
      query: TraceMetricsQuery,
      response: TraceMetricsResponse,
      handle: async ({ query: { q, from, to, step, exemplars }, signal }) => {
        const reader = new RequestReader(clock.now());
        const range = reader.range({ from, to });
        const query = reader.query(q, 'metrics');
        const stepNano = chooseStep(reader, step, range);
        reader.finish();
        return timed(range, traces.metrics({ ...selection(query, range), stepNano: String(stepNano), exemplars }, signal).then((answer) => ({ ...answer, stepMs: Number(stepNano) / 1e6 })));
      },
    }),
    defineRoute({ method: 'GET', path: '/api/traces/attributes', scope: 'view', summary: 'What a query can name, with the types of its values.', response: TraceAttributesResponse, handle: async ({ signal }) => ({ attributes: await traces.attributes(signal) }) }),
    defineRoute({
      method: 'GET',
      path: '/api/traces/attribute-values',
      scope: 'view',
      summary: 'The most frequent values of an attribute.',
      query: TraceAttributeValuesQuery,
      response: TraceAttributeValuesResponse,
      handle: async ({ query: { q, from, to, field: fieldText, contains, limit }, signal }) => {
        const reader = new RequestReader(clock.now());
        const range = reader.range({ from, to });
        const query = reader.query(q, 'search');
        const [field, second] = reader.fields('field', fieldText);
        if (field === undefined || second !== undefined) reader.unfit('field', 'name one attribute');
        reader.finish();
        return { values: field === undefined ? [] : await traces.attributeValues({ field, selection: selection(query, range), contains, limit }, signal) };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/traces/percentile',
      scope: 'view',
      summary: 'Where a duration stands among the spans of its operation.',
      query: TracePercentileQuery,
      response: TracePercentileResponse,
      handle: async ({ query: { service, operation, kind, duration, from, to }, signal }) => {
        const reader = new RequestReader(clock.now());
        const { fromMs, toMs, fromUnixNano, toUnixNano } = reader.range({ from, to });
        reader.finish();
        const percentile = await traces.percentile({ service, operation, kind, durationNano: duration, fromUnixNano, toUnixNano }, signal);
        return { ...(percentile === undefined ? {} : { percentile }), fromMs, toMs };
      },
    }),
    defineRoute({ method: 'GET', path: '/api/traces/backend', scope: 'view', summary: 'What traces are read from, and what it can answer exactly.', response: TraceBackendResponse, handle: async () => traces.describe() }),
  ];
}

function selection(query: TraceQl, { fromUnixNano, toUnixNano }: ReadRange): TraceSelection {
  return { query, fromUnixNano, toUnixNano };
}

function readRegion(reader: RequestReader, { of, regionFrom, regionTo, minDuration, maxDuration }: { readonly [K in 'regionFrom' | 'regionTo' | 'minDuration' | 'maxDuration']?: string | undefined } & Pick<HeatmapRegion, 'of'>): HeatmapRegion {
  const from = reader.time('regionFrom', regionFrom);
  const to = reader.time('regionTo', regionTo);
  const min = reader.duration('minDuration', minDuration);
  const max = reader.duration('maxDuration', maxDuration);
  if (from === undefined && to === undefined && min === undefined && max === undefined) reader.unfit('regionFrom', 'give at least one bound of the region');
  return {
    of,
    ...(from === undefined ? {} : { fromUnixNano: from }),
    ...(to === undefined ? {} : { toUnixNano: String(BigInt(to) + 999_999n) }),
    ...(min === undefined ? {} : { minDurationNano: String(min) }),
    ...(max === undefined ? {} : { maxDurationNano: String(max) }),
  };
}
