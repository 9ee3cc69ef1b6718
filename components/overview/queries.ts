import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { getJson } from '#components/api/http-client.ts';
import type { OverviewAnswer } from '#server/overview/schemas.ts';

/** Is the mesh well; `from` and `to` in Unix seconds bound the sparklines, `to` is the moment looked at. */
export const overviewQuery = (namespaces: readonly string[], from: number, to: number) =>
  queryOptions({
    queryKey: ['overview', 'get', { namespaces, from, to }] as const,
    queryFn: ({ signal }) => getJson<OverviewAnswer>('/api/overview', { namespaces: namespaces.join(','), from, to }, signal),
    placeholderData: keepPreviousData,
  });
