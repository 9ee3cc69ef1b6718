import { defineRoute, type Route } from '#server/http/route.ts';
import type { ServerContext } from '#server/server-context.ts';
import { getGraph } from './get-graph.ts';
import { GetGraphQuery } from './schemas.ts';

/** The graph's API. */
export function graphRoutes(ctx: ServerContext): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/graph',
      scope: 'view',
      summary: 'The service graph at one moment: nodes, edges, boxes, and the PromQL that made it.',
      query: GetGraphQuery,
      handle: ({ query, signal }) => getGraph({ ctx, input: query, signal }),
    }),
  ];
}
