import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { ApiError } from '#components/api/api-error.ts';
import { getJson } from '#components/api/http-client.ts';
import { paths } from '#components/api/paths.ts';

/** One object found by `GET /api/search?q=` → `{ items: SearchHit[] }`. */
export interface SearchHit {
  readonly kind: 'service' | 'workload' | 'rollout' | 'config';
  readonly name: string;
  readonly namespace?: string;
  /** For `config`: what it is and where it is edited. */
  readonly objectKind?: string;
  readonly group?: string;
  readonly version?: string;
  readonly plural?: string;
}

/** Objects whose name has `q` in it. A server without search finds nothing. */
export function searchQuery(q: string) {
  return queryOptions({
    queryKey: ['search', 'list', { q }] as const,
    queryFn: async ({ signal }): Promise<readonly SearchHit[]> => {
      try {
        return (await getJson<{ items: readonly SearchHit[] }>('/api/search', { q, limit: 20 }, signal)).items;
      } catch (error) {
        if (error instanceof ApiError && error.code === 'not-found') return [];
        throw error;
      }
    },
    placeholderData: keepPreviousData,
    enabled: q !== '',
  });
}

/** Where a hit is shown; `undefined` when the hit does not say enough. */
export function hrefOfHit(hit: SearchHit): string | undefined {
  const namespace = hit.namespace ?? '';
  switch (hit.kind) {
    case 'service':
      return paths.service(namespace, hit.name);
    case 'workload':
      return paths.workload(namespace, hit.name);
    case 'rollout':
      return paths.rollout(namespace, hit.name);
    case 'config':
      return hit.version === undefined || hit.plural === undefined ? undefined : paths.configObject({ group: hit.group ?? '', version: hit.version, plural: hit.plural, namespace: hit.namespace, name: hit.name });
  }
}

/** A W3C trace id (32 hex digits, not all zero; W3C Trace Context 3.2.2.3), when that is what was typed. */
export function traceIdIn(text: string): string | undefined {
  const id = text.trim().toLowerCase();
  return /^[0-9a-f]{32}$/.test(id) && !/^0+$/.test(id) ? id : undefined;
}
