import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { getJson } from '#components/api/http-client.ts';
import type { TimeWindow } from '#components/time/time-window.ts';
import type { DependenciesAnswer, RedAnswer, RedSeriesAnswer } from '#server/traces/derived/schemas.ts';

/** Rate, errors and latency by service; with one chosen, its operations too. */
export function redQuery({ fromMs, toMs }: TimeWindow, service: string | null) {
  return queryOptions({
    queryKey: ['traces', 'red', { fromMs, toMs, service }] as const,
    queryFn: ({ signal }) => getJson<RedAnswer>('/api/traces/red', { from: Math.floor(fromMs), to: Math.ceil(toMs), service }, signal),
    placeholderData: keepPreviousData,
  });
}

/** The same of a service, or of one of its operations, over time. */
export function redSeriesQuery({ fromMs, toMs }: TimeWindow, of: { readonly service: string; readonly name?: string | undefined; readonly kind?: string | undefined }) {
  return queryOptions({
    queryKey: ['traces', 'red-series', { fromMs, toMs, ...of }] as const,
    queryFn: ({ signal }) => getJson<RedSeriesAnswer>('/api/traces/red-series', { from: Math.floor(fromMs), to: Math.ceil(toMs), service: of.service, name: of.name ?? null, kind: of.kind ?? null }, signal),
    placeholderData: keepPreviousData,
  });
}

/** Who calls whom, by the traces. */
export function dependenciesQuery({ fromMs, toMs }: TimeWindow) {
  return queryOptions({
    queryKey: ['traces', 'dependencies', { fromMs, toMs }] as const,
    queryFn: ({ signal }) => getJson<DependenciesAnswer>('/api/traces/dependencies', { from: Math.floor(fromMs), to: Math.ceil(toMs) }, signal),
    placeholderData: keepPreviousData,
  });
}
