import { queryOptions } from '@tanstack/react-query';
import { getJson } from '#components/api/http-client.ts';
import type { TargetsAnswer } from '#server/scrape/routes.ts';

/** Everything the server scrapes, with the outcome of the last scrape. Refetched after each round of scrapes. */
export const targetsQuery = queryOptions({
  queryKey: ['targets', 'list'] as const,
  queryFn: ({ signal }) => getJson<TargetsAnswer>('/api/targets', {}, signal),
});
