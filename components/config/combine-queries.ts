import type { UseQueryResult } from '@tanstack/react-query';
import type { ShownQuery } from '#components/ui/data-state.tsx';

/** Several queries as one to show: all of them or none; the first error counts. `data` is made of their answers. */
export function combineQueries<T>(queries: readonly UseQueryResult<unknown>[], data: () => T): ShownQuery<T> {
  const complete = queries.every((query) => query.data !== undefined);
  return {
    data: complete ? data() : undefined,
    error: queries.find(({ error }) => error !== null)?.error ?? null,
    isPending: queries.some(({ isPending }) => isPending),
    isFetching: queries.some(({ isFetching }) => isFetching),
    isPlaceholderData: false,
    dataUpdatedAt: Math.min(...queries.map(({ dataUpdatedAt }) => dataUpdatedAt)),
    refetch: () => {
      for (const query of queries) void query.refetch();
    },
  };
}
