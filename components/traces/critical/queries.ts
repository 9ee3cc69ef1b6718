import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { getJson } from '#components/api/http-client.ts';
import type { CriticalPathResponse } from '#server/traces/compare/schemas.ts';

/** Where the traces that a query finds spend the time their callers wait. */
export function criticalPathQuery(params: { readonly q: string; readonly from: number; readonly to: number }) {
  return queryOptions({
    queryKey: ['traces', 'critical-path', params] as const,
    queryFn: ({ signal }) => getJson<CriticalPathResponse>('/api/traces/critical-path', { ...params }, signal),
    placeholderData: keepPreviousData,
    retry: false,
  });
}
