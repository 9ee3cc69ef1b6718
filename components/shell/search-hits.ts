import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { ApiError } from '#components/api/api-error.ts';
import { getJson } from '#components/api/http-client.ts';
import type { SearchHit } from '#server/inventory/schemas.ts';

/** Objects whose name has the words of `q` in it. A server without search finds nothing. */
export function searchQuery(q: string) {
  return queryOptions({
    queryKey: ['search', 'list', { q }] as const,
    queryFn: async ({ signal }): Promise<readonly SearchHit[]> => {
      try {
        return (await getJson<{ hits: readonly SearchHit[] }>('/api/search', { q }, signal)).hits;
      } catch (error) {
        if (error instanceof ApiError && error.code === 'not-found') return [];
        throw error;
      }
    },
    placeholderData: keepPreviousData,
    enabled: q !== '',
  });
}

/** A W3C trace id (32 hex digits, not all zero; W3C Trace Context 3.2.2.3), when that is what was typed. */
export function traceIdIn(text: string): string | undefined {
  const id = text.trim().toLowerCase();
  return /^[0-9a-f]{32}$/.test(id) && !/^0+$/.test(id) ? id : undefined;
}
