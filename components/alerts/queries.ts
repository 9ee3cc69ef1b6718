import { queryOptions } from '@tanstack/react-query';
import { getJson } from '#components/api/http-client.ts';
import type { AlertsAnswer } from '#server/rules/schemas.ts';

/** Rules are evaluated every few seconds; that an alert changed is told by the server. */
const REFETCH_MS = 10_000;

/** All rules with their alerts. */
export const alertsQuery = queryOptions({
  queryKey: ['alerts', 'list'] as const,
  queryFn: ({ signal }) => getJson<AlertsAnswer>('/api/alerts', {}, signal),
  refetchInterval: REFETCH_MS,
});
