import { queryOptions } from '@tanstack/react-query';
import { getJson } from '#components/api/http-client.ts';
import type { AuditEntry } from '#server/audit/audit-log.ts';
import type { ServiceRow, WorkloadRow } from '#server/inventory/schemas.ts';

/** Services to choose from. */
export const servicesQuery = queryOptions({
  queryKey: ['services', 'list', {}] as const,
  queryFn: ({ signal }) => getJson<{ services: readonly ServiceRow[] }>('/api/services', {}, signal),
});
/** Workloads to choose from. */
export const workloadsQuery = queryOptions({
  queryKey: ['workloads', 'list', {}] as const,
  queryFn: ({ signal }) => getJson<{ workloads: readonly WorkloadRow[] }>('/api/workloads', {}, signal),
});
/** Writes made through this console, newest first: markers of the charts. */
export const changesQuery = queryOptions({
  queryKey: ['history', 'list', { limit: 200 }] as const,
  queryFn: ({ signal }) => getJson<{ entries: readonly AuditEntry[] }>('/api/config/history', { limit: 200 }, signal),
});
