import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { getJson } from '#components/api/http-client.ts';
import type { AccessLogAnswer } from '#server/inventory/schemas.ts';
import type { GetTraceResponse, SearchTracesResponse, TraceAttributeKeysResponse, TraceOperationsResponse, TraceServicesResponse } from '#server/traces/schemas.ts';

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

/** One trace, ready to draw. A trace of the last seconds may still grow, so it is asked again for a while. */
export function traceQuery(id: string) {
  return queryOptions({
    queryKey: ['traces', 'get', { id }] as const,
    queryFn: ({ signal }) => getJson<GetTraceResponse>(`/api/traces/${encodeURIComponent(id)}`, {}, signal),
    refetchInterval: (query) => {
      const summary = query.state.data?.trace.summary;
      if (summary === undefined) return false;
      const endedMs = Number((BigInt(summary.startUnixNano) + BigInt(summary.durationNano)) / 1_000_000n);
      return Date.now() - endedMs < 15_000 ? 3000 : false;
    },
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

export const attributeKeysQuery = queryOptions({
  queryKey: ['traces', 'attribute-keys'] as const,
  queryFn: ({ signal }) => getJson<TraceAttributeKeysResponse>('/api/traces/attribute-keys', {}, signal),
  staleTime: 60_000,
});

/** Access-log lines that a workload's proxies wrote for one trace. */
export function traceLogQuery(workload: { readonly namespace: string; readonly name: string } | undefined, traceId: string) {
  return queryOptions({
    queryKey: ['traces', 'log', { workload, traceId }] as const,
    queryFn: ({ signal }) => getJson<AccessLogAnswer>(`/api/workloads/${encodeURIComponent(workload?.namespace ?? '')}/${encodeURIComponent(workload?.name ?? '')}/access-log`, { traceId, limit: 50 }, signal),
    enabled: workload !== undefined,
  });
}
