import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { getJson } from '#components/api/http-client.ts';
import type { AuditEntry } from '#server/audit/audit-log.ts';

export interface HistoryAnswer {
  readonly entries: readonly AuditEntry[];
}
/** As many as the page shows; older ones stay in the audit file. */
export const HISTORY_LIMIT = 500;

/** Audited writes, newest first. */
export const historyQuery = (filter: { readonly kind?: string }) =>
  queryOptions({
    queryKey: ['history', 'list', { limit: HISTORY_LIMIT, ...filter }] as const,
    queryFn: ({ signal }) => getJson<HistoryAnswer>('/api/config/history', { limit: HISTORY_LIMIT, ...filter }, signal),
    placeholderData: keepPreviousData,
  });
