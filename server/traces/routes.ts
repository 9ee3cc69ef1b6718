import { BytesResponse } from '#server/http/bytes-response.ts';
import { defineRoute, type Route } from '#server/http/route.ts';
import type { ServerContext } from '#server/server-context.ts';
import { ServerError } from '#server/server-error.ts';
import { traceQuestionRoutes } from './api/routes.ts';
import { compareRoutes } from './compare/routes.ts';
import { traceExportRoutes } from './import/routes.ts';
import { readTraceId } from './read-trace-id.ts';
import { GetTraceResponse, TraceOperationsQuery, TraceOperationsResponse, TraceServicesResponse } from './schemas.ts';
import { createOpenTraces } from './view/open-traces.ts';
import { traceViewRoutes } from './view/routes.ts';
import { workInPlace, writeTrace, type TraceWork } from './work/trace-work.ts';

/** Traces that pages look at are kept built within this. */
const MAX_OPEN_BYTES = 256 * 1024 * 1024;

/** Search and reading of traces; the same for the embedded store and for one elsewhere. */
export function traceRoutes({ traces, clock, work = workInPlace }: Pick<ServerContext, 'traces' | 'clock'> & { readonly work?: TraceWork }): Route[] {
  const open = createOpenTraces(traces, { maxBytes: MAX_OPEN_BYTES, clock, work });
  return [
    ...traceViewRoutes(open),
    ...compareRoutes({ traces, clock, open, work }),
    ...traceQuestionRoutes({ traces, clock }),
    ...traceExportRoutes({ traces, work }),
    defineRoute({ method: 'GET', path: '/api/traces/services', scope: 'view', summary: 'Services that sent spans.', response: TraceServicesResponse, handle: async () => ({ services: await traces.services() }) }),
    defineRoute({
      method: 'GET',
      path: '/api/traces/operations',
      scope: 'view',
      summary: 'Operations of a service, with their span kinds.',
      query: TraceOperationsQuery,
      response: TraceOperationsResponse,
      handle: async ({ query }) => ({ operations: await traces.operations(query.service) }),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/traces/:id',
      scope: 'view',
      summary: 'One trace as a tree, with self times, critical path and the hops of the mesh.',
      response: GetTraceResponse,
      handle: async ({ params }) => {
        const traceId = readTraceId(params['id']);
        const written = await writeTrace(work, traces, traceId, { as: 'view' });
        if (written === undefined) throw new ServerError('not-found', `No span of trace ${traceId} is stored.`, { hint: 'It may be older than what is kept, not sampled, or not sent yet.' });
        return new BytesResponse([written], { headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' } });
      },
    }),
  ];
}
