import { queryOptions } from '@tanstack/react-query';
import { getJson } from '#components/api/http-client.ts';
import type { TargetStatus } from '#server/scrape/target-status.ts';

/** Everything the server scrapes, with the outcome of the last scrape. Refetched after each round of scrapes. */
export const targetsQuery = queryOptions({
  queryKey: ['targets', 'list'] as const,
  queryFn: ({ signal }) => getJson<{ targets: readonly TargetStatus[] }>('/api/targets', {}, signal),
});
