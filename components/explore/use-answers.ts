'use client';

import { useQueries } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { toApiError, type ApiError } from '#components/api/api-error.ts';
import type { PromRange } from '#components/api/prometheus.ts';
import { activeQueries, type ActiveQuery, type QueryRow } from './query-rows.ts';
import { exemplarsQuery, instantQuery, rangeQuery, type ExemplarPoint, type TimedResult } from './queries.ts';
import { promqlHistory } from './promql-history.ts';

/** The answer to one of the page's queries. */
export interface Answer {
  readonly query: ActiveQuery;
  readonly result: TimedResult | undefined;
  readonly error: ApiError | undefined;
  readonly isFetching: boolean;
  /** What is shown is the answer to another query or range, while this one's comes. */
  readonly isOld: boolean;
  readonly refetch: () => unknown;
}

/** Asks all queries that are on, over a range or at its end (`instantAt`, Unix seconds). */
export function useAnswers(rows: readonly QueryRow[], range: PromRange, instantAt: number | undefined): readonly Answer[] {
  const active = useMemo(() => activeQueries(rows), [rows]);
  const { from, to, step } = range;
  const results = useQueries({
    queries: active.map(({ expr }) => (instantAt === undefined ? rangeQuery(expr, { from, to, step }) : instantQuery(expr, instantAt))),
    combine: (all) => all.map(({ data, error, isFetching, isPlaceholderData, refetch }) => ({ data, error, isFetching, isPlaceholderData, refetch })),
  });
  useEffect(() => {
    active.forEach(({ expr }, index) => {
      const result = results[index];
      if (result?.data !== undefined && !result.isPlaceholderData) promqlHistory.noteDuration(expr, result.data.elapsedMs);
    });
  }, [active, results]);
  return useMemo(
    () =>
      active.map((query, index): Answer => {
        const result = results[index];
        const error = result?.error === null || result?.error === undefined ? undefined : toApiError(result.error);
        // A failed query has no picture: the last one would be taken for its answer.
        return { query, result: error === undefined ? result?.data : undefined, error, isFetching: result?.isFetching ?? false, isOld: result?.isPlaceholderData ?? false, refetch: result?.refetch ?? (() => undefined) };
      }),
    [active, results],
  );
}

/** Exemplars of all queries that are on, when they are wanted. */
export function useExemplars(answers: readonly Answer[], { from, to, step }: PromRange, wanted: boolean): { readonly exemplars: readonly ExemplarPoint[]; readonly isPending: boolean; readonly error: ApiError | undefined } {
  const results = useQueries({
    queries: answers.map(({ query }) => ({ ...exemplarsQuery(query.expr, { from, to, step }), enabled: wanted })),
    combine: (all) => ({ found: all.flatMap(({ data }) => data ?? []), isPending: all.some(({ isPending }) => isPending), failed: all.find(({ error }) => error !== null)?.error }),
  });
  return { exemplars: wanted ? results.found : [], isPending: wanted && results.isPending, error: wanted && results.failed !== undefined && results.failed !== null ? toApiError(results.failed) : undefined };
}

