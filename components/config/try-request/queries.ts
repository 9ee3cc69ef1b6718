import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { postJson } from '#components/api/http-client.ts';
import type { SimulateAnswer } from '#server/config/simulate.ts';
import type { TryBody } from './request-body.ts';

/** What would become of a request; `undefined` asks for nothing. Asked again when the configuration changes. */
export const tryRequestQuery = (body: TryBody | undefined) =>
  queryOptions({
    queryKey: ['config', 'simulate', body] as const,
    queryFn: ({ signal }) => postJson<SimulateAnswer>('/api/config/simulate', body, signal),
    enabled: body !== undefined,
    placeholderData: keepPreviousData,
    gcTime: 30_000,
    retry: false,
  });
