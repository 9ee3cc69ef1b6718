'use client';

import { queryOptions, useQuery } from '@tanstack/react-query';
import { useQueryState } from 'nuqs';
import { useCallback } from 'react';
import { ApiError } from '#components/api/api-error.ts';
import { getJson } from '#components/api/http-client.ts';
import { viewParsers } from '#components/time/search-params.ts';

/** The namespaces the page looks at. Empty: all of them. */
export function useNamespaces(): { readonly selected: readonly string[]; readonly select: (next: readonly string[]) => void } {
  const [selected, set] = useQueryState('ns', viewParsers.ns.withOptions({ history: 'push' }));
  const select = useCallback((next: readonly string[]) => void set(next.length === 0 ? null : [...next].sort()), [set]);
  return { selected, select };
}

const namespacesQuery = queryOptions({
  queryKey: ['namespaces', 'list'] as const,
  queryFn: async ({ signal }): Promise<readonly string[]> => {
    try {
      const { namespaces } = await getJson<{ namespaces: readonly { readonly name: string }[] }>('/api/namespaces', {}, signal);
      return namespaces.map(({ name }) => name);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'not-found') throw error;
      // Attached to a mesh whose namespaces cannot be listed: those that had traffic.
      const { data } = await getJson<{ data: readonly string[] }>('/prometheus/api/v1/label/destination_workload_namespace/values', {}, signal);
      return data.filter((name) => name !== 'unknown');
    }
  },
  staleTime: 30_000,
});

/** Names of all namespaces known to the mesh, sorted. */
export function useNamespaceNames() {
  return useQuery({ ...namespacesQuery, select: (names) => [...names].sort() });
}
