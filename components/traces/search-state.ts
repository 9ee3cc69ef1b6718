import { parseAsInteger, parseAsString, parseAsStringLiteral } from 'nuqs';
import type { TraceSearchParams } from './queries.ts';

export const STATUSES = ['any', 'error', 'ok', 'unset'] as const;
export const SORTS = ['newest', 'oldest', 'longest', 'shortest', 'most-spans', 'most-errors'] as const;
export const LIMITS = [20, 50, 100, 200, 500, 1500] as const;

/** The search form in the URL. */
export const searchParsers = {
  service: parseAsString,
  operation: parseAsString,
  tags: parseAsString.withDefault(''),
  min: parseAsString.withDefault(''),
  max: parseAsString.withDefault(''),
  status: parseAsStringLiteral(STATUSES).withDefault('any'),
  sort: parseAsStringLiteral(SORTS).withDefault('newest'),
  limit: parseAsInteger.withDefault(50),
  page: parseAsInteger.withDefault(0),
};

export interface SearchState {
  readonly service: string | null;
  readonly operation: string | null;
  readonly tags: string;
  readonly min: string;
  readonly max: string;
  readonly status: (typeof STATUSES)[number];
  readonly sort: (typeof SORTS)[number];
  readonly limit: number;
  readonly page: number;
}

/** The API's parameters for a form over a time window (Unix ms). Empty fields are left out. */
export function searchParamsOf(state: SearchState, window: { readonly fromMs: number; readonly toMs: number }): TraceSearchParams {
  const filled = (text: string | null): string | null => (text === null || text.trim() === '' ? null : text.trim());
  return {
    service: state.service,
    operation: state.service === null ? null : state.operation,
    tags: filled(state.tags),
    minDuration: filled(state.min),
    maxDuration: filled(state.max),
    status: state.status === 'any' ? null : state.status,
    from: Math.floor(window.fromMs),
    to: Math.ceil(window.toMs),
    sort: state.sort,
    limit: state.limit,
    offset: state.page === 0 ? null : state.page * state.limit,
  };
}
