import { defineRoute, type Route } from '#server/http/route.ts';
import type { MetricsBackend } from '#server/promql/metrics-backend.ts';
import { explainQuery } from './explain-query.ts';
import { ExplainQuery } from './schemas.ts';

/** What the Explore page needs beside Prometheus' own API. */
export function exploreRoutes(metrics: Pick<MetricsBackend, 'explain'>): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/metrics/explain',
      scope: 'view',
      summary: 'The parts of a PromQL query with the series, samples and time of each.',
      query: ExplainQuery,
      handle: ({ query, signal }) => explainQuery({ metrics, input: query, signal }),
    }),
  ];
}
