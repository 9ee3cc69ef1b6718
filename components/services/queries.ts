import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { getJson } from '#components/api/http-client.ts';
import type { ServiceRow } from '#server/inventory/schemas.ts';

export interface ServicesAnswer {
  readonly services: readonly ServiceRow[];
}

/** Every service with its traffic of the minute before `at` (Unix seconds). */
export const servicesQuery = (at: number) =>
  queryOptions({
    queryKey: ['services', 'list', { at }] as const,
    queryFn: ({ signal }) => getJson<ServicesAnswer>('/api/services', { at }, signal),
    placeholderData: keepPreviousData,
  });
