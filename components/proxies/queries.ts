import { queryOptions } from '@tanstack/react-query';
import { getJson } from '#components/api/http-client.ts';
import type { ProxySync } from '#server/config/proxy-sync.ts';

/** A connected proxy with the worst state of its resource types. */
export type ProxyRow = ProxySync & { readonly state: 'synced' | 'stale' | 'nack' };
export interface ProxiesAnswer {
  readonly proxies: readonly ProxyRow[];
}

/** Every connected proxy: what it was sent, what it acknowledged, its certificate. */
export const proxiesQuery = queryOptions({
  queryKey: ['proxies', 'list'] as const,
  queryFn: ({ signal }) => getJson<ProxiesAnswer>('/api/proxies', {}, signal),
  refetchInterval: 5000,
});
