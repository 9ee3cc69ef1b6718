import { queryOptions } from '@tanstack/react-query';
import { getJson } from '#components/api/http-client.ts';
import type { ProblemCounts } from '#server/config/schemas.ts';

/** How many findings of each level the configuration has. */
export const problemCountsQuery = queryOptions({
  queryKey: ['config', 'problem-counts', {}] as const,
  queryFn: ({ signal }) => getJson<ProblemCounts>('/api/config/problem-counts', {}, signal),
  staleTime: 2000,
});
