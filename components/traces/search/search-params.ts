import { parseAsBoolean, parseAsInteger, parseAsNativeArrayOf, parseAsString, parseAsStringLiteral, type inferParserType } from 'nuqs';
import type { TraceSort } from '#server/traces/trace-questions.ts';
import { regionParser } from './region.ts';

export const SORTS = ['newest', 'oldest', 'longest', 'shortest', 'most-spans', 'fewest-spans', 'most-errors', 'fewest-errors', 'name'] as const satisfies readonly TraceSort[];
export const LIMITS = [20, 50, 100, 200, 500, 1000] as const;

/** Everything about the search that is in the page's URL beside the shell's time range. Defaults stay out of it. */
export const searchParsers = {
  /** TraceQL; empty: every trace. */
  q: parseAsString.withDefault(''),
  sort: parseAsStringLiteral(SORTS).withDefault('newest'),
  limit: parseAsInteger.withDefault(50),
  /** From 0. */
  page: parseAsInteger.withDefault(0),
  /** Rows of the table: traces, or their matching spans under them. */
  rows: parseAsStringLiteral(['traces', 'spans']).withDefault('traces'),
  /** Attributes that are columns of the table, as TraceQL writes them. */
  col: parseAsNativeArrayOf(parseAsString),
  /** Attributes of the facets beyond the usual ones. */
  facet: parseAsNativeArrayOf(parseAsString),
  /** What the picture counts, and how it is shown. */
  heat: parseAsStringLiteral(['traces', 'spans']).withDefault('traces'),
  plot: parseAsStringLiteral(['picture', 'table']).withDefault('picture'),
  region: regionParser,
  edit: parseAsStringLiteral(['form', 'query']).withDefault('form'),
  tail: parseAsBoolean.withDefault(false),
  /** Chosen traces. */
  pick: parseAsNativeArrayOf(parseAsString),
};
export type SearchState = inferParserType<typeof searchParsers>;
export type SetSearch = (next: { readonly [K in keyof SearchState]?: SearchState[K] | null }) => void;

/** Words for an order. */
export const SORT_LABELS: Readonly<Record<(typeof SORTS)[number], string>> = {
  newest: 'Newest first',
  oldest: 'Oldest first',
  longest: 'Longest first',
  shortest: 'Shortest first',
  'most-spans': 'Most spans first',
  'fewest-spans': 'Fewest spans first',
  'most-errors': 'Most errors first',
  'fewest-errors': 'Fewest errors first',
  name: 'By name',
};
