import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { getJson } from '#components/api/http-client.ts';
import type { SearchTracesResponse, TraceOperationsResponse, TraceServicesResponse } from '#server/traces/schemas.ts';

/** Parameters of a search as the API takes them. */
export type TraceSearchParams = Readonly<Record<string, string | number | null>>;

/** Traces that match, with the number of all matches. */
export function searchTracesQuery(params: TraceSearchParams) {
  return queryOptions({
    queryKey: ['traces', 'search', params] as const,
    queryFn: ({ signal }) => getJson<SearchTracesResponse>('/api/traces', params, signal),
    placeholderData: keepPreviousData,
  });
}

export const traceServicesQuery = queryOptions({
  queryKey: ['traces', 'services'] as const,
  queryFn: ({ signal }) => getJson<TraceServicesResponse>('/api/traces/services', {}, signal),
});

/** Operations of a service; nothing is asked without one. */
export function traceOperationsQuery(service: string | null) {
  return queryOptions({
    queryKey: ['traces', 'operations', { service }] as const,
    queryFn: ({ signal }) => getJson<TraceOperationsResponse>('/api/traces/operations', { service }, signal),
    enabled: service !== null,
  });
}
