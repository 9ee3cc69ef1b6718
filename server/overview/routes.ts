import { defineRoute, type Route } from '#server/http/route.ts';
import type { TargetStatus } from '#server/scrape/target-status.ts';
import type { ServerContext } from '#server/server-context.ts';
import type { RulesBackend } from '#server/rules/rule-status.ts';
import type { StoreState } from '#server/timeseries/ingester.ts';
import { getOverview } from './get-overview.ts';
import { OverviewQuery } from './schemas.ts';

/** The overview's API. */
export function overviewRoutes(ctx: ServerContext, targets: () => readonly TargetStatus[], rules: Pick<RulesBackend, 'groups'>, storeState: () => StoreState | undefined): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/overview',
      scope: 'view',
      summary: 'Is the mesh well: totals, services with sparklines, problems, recent changes.',
      query: OverviewQuery,
      handle: ({ query }) => getOverview({ ctx, targets: targets(), rules, storeState: storeState(), input: { ...query, namespaces: query.namespaces.split(',').filter(Boolean) } }),
    }),
  ];
}
