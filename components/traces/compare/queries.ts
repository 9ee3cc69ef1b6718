import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { getJson } from '#components/api/http-client.ts';
import type { CompareSetsResponse, CompareTracesResponse } from '#server/traces/compare/schemas.ts';

/** Two traces, place by place. */
export function compareTracesQuery(a: string, b: string) {
  return queryOptions({
    queryKey: ['traces', 'compare', { a, b }] as const,
    queryFn: ({ signal }) => getJson<CompareTracesResponse>('/api/traces/compare', { a, b }, signal),
    staleTime: 60_000,
  });
}

/** Two sets of traces, each over its range (Unix ms); `limit`: most traces of each, a fair sample when there are more. */
export function compareSetsQuery(params: { readonly qa: string; readonly qb: string; readonly fromA: number; readonly toA: number; readonly fromB: number; readonly toB: number; readonly limit: number }) {
  return queryOptions({
    queryKey: ['traces', 'compare-sets', params] as const,
    queryFn: ({ signal }) => getJson<CompareSetsResponse>('/api/traces/compare-sets', params, signal),
    placeholderData: keepPreviousData,
    // A sample of many traces is costly, and as good a minute later.
    staleTime: 60_000,
  });
}
