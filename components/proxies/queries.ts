import { queryOptions } from '@tanstack/react-query';
import { getJson } from '#components/api/http-client.ts';
import type { ProxiesAnswer, ProxyAnswer, ProxyConfigAnswer } from '#server/proxies/schemas.ts';

export type { ProxyRow } from '#server/proxies/schemas.ts';

/** Every connected proxy: what it was sent, what it acknowledged, its certificate. */
export const proxiesQuery = queryOptions({
  queryKey: ['proxies', 'list'] as const,
  queryFn: ({ signal }) => getJson<ProxiesAnswer>('/api/proxies', {}, signal),
  refetchInterval: 5000,
});

/** One connected proxy by its node id. */
export function proxyQuery(id: string) {
  return queryOptions({
    queryKey: ['proxies', 'get', { id }] as const,
    queryFn: ({ signal }) => getJson<ProxyAnswer>(`/api/proxies/${encodeURIComponent(id)}`, {}, signal),
    refetchInterval: 2000,
  });
}

/** What a proxy has beside what it is offered. */
export function proxyConfigQuery(id: string) {
  return queryOptions({
    queryKey: ['proxies', 'config', { id }] as const,
    queryFn: ({ signal }) => getJson<ProxyConfigAnswer>(`/api/proxies/${encodeURIComponent(id)}/config`, {}, signal),
    // A large mesh's dump is megabytes.
    refetchInterval: 10_000,
  });
}
