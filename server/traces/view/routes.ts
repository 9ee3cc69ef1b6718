import { defineRoute, type Route } from '#server/http/route.ts';
import { ServerError } from '#server/server-error.ts';
import { readTraceId } from '#server/traces/read-trace-id.ts';
import type { OpenTraces } from './open-traces.ts';
import { TraceFindQuery, TraceFindResponse, TraceSpansQuery, TraceSpansResponse, TraceStatisticsQuery, TraceStatisticsResponse } from './schemas.ts';

/** What the page of one trace asks: its columns, the details of rows, and which rows hold some words. */
export function traceViewRoutes(open: OpenTraces): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/traces/:id/columns',
      scope: 'view',
      summary: 'One trace as binary columns (server/traces/view/columns-codec.ts); 304 while it has not grown.',
      handle: async ({ params, headers }) => {
        const trace = await open.latest(readTraceId(params['id']));
        const etag = `"${trace.version}"`;
        const common = { etag, 'cache-control': 'no-cache' };
        if (headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers: common });
        return new Response(trace.bytes, { headers: { ...common, 'content-type': 'application/octet-stream' } });
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/traces/:id/spans',
      scope: 'view',
      summary: 'Attributes, events and links of some rows of a trace.',
      query: TraceSpansQuery,
      response: TraceSpansResponse,
      handle: async ({ params, query }) => {
        const trace = await open.at(readTraceId(params['id']), query.version);
        const beyond = query.rows.find((row) => row >= trace.count);
        if (beyond !== undefined) throw new ServerError('bad-request', `Row ${beyond} is beyond the ${trace.count} rows of the trace.`, { causes: [{ message: 'there is no such row', field: 'rows' }] });
        return { version: trace.version, spans: await trace.details(query.rows) };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/traces/:id/find',
      scope: 'view',
      summary: 'Rows of a trace that hold some words, in any case, or that TraceQL selects.',
      query: TraceFindQuery,
      response: TraceFindResponse,
      handle: async ({ params, query }) => {
        const trace = await open.at(readTraceId(params['id']), query.version);
        return { version: trace.version, rows: await trace.find(query.q) };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/traces/:id/statistics',
      scope: 'view',
      summary: 'Durations and own times of a trace, grouped by service, operation or any attribute, and once more within.',
      query: TraceStatisticsQuery,
      response: TraceStatisticsResponse,
      handle: async ({ params, query }) => {
        const trace = await open.at(readTraceId(params['id']), query.version);
        return { version: trace.version, groups: await trace.statistics(query) };
      },
    }),
  ];
}
