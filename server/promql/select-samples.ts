import { detectReset } from '#server/histogram/detect-reset.ts';
import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import type { SeriesSamples, TimeRange } from '#server/timeseries/storage.ts';
import type { VectorSelector } from './ast.ts';
import type { QueryScope } from './eval-context.ts';

/** A selection up to this size is held in memory as a whole, so that equal selectors of a query share it. */
const HELD_SAMPLES = 4_000_000;

/** Series with their samples, to be gone through once. `expected` series at most, when that is known. */
export interface Selection {
  readonly series: Iterable<SeriesSamples>;
  readonly expected: number;
  /** Samples at most. */
  readonly samples: number;
}

/**
 * The series of a selector with their samples in a range of time (Unix ms, both ends included). The same selection is
 * made once a query, wherever in it it stands; a very large one is read series by series each time. Where only count and
 * sum of histograms are used, their buckets are left out.
 */
export function selectSamples(selector: VectorSelector, range: TimeRange, scope: QueryScope): Selection {
  const selection = selectAll(selector, range, scope);
  return scope.statisticsOnly.has(selector) ? { ...selection, series: eachWithoutBuckets(selection.series) } : selection;
}

function selectAll({ matchers }: VectorSelector, range: TimeRange, scope: QueryScope): Selection {
  const key = JSON.stringify([matchers, range.start, range.end]);
  const known = scope.selections.get(key);
  if (known !== undefined) return held(known);
  scope.checkpoint();
  const lazy = scope.querier.selectLazily?.(matchers, range);
  if (lazy !== undefined && lazy.atMost > HELD_SAMPLES) return { series: lazy.series, expected: 0, samples: lazy.atMost };
  const selected = lazy === undefined ? scope.querier.select(matchers, range) : [...lazy.series];
  scope.selections.set(key, selected);
  return held(selected);
}

function held(series: readonly SeriesSamples[]): Selection {
  return { series, expected: series.length, samples: series.reduce((sum, { values }) => sum + values.length, 0) };
}

function* eachWithoutBuckets(series: Iterable<SeriesSamples>): Generator<SeriesSamples> {
  for (const one of series) yield one.histograms === undefined ? one : withoutBuckets(one);
}

/**
 * Keeps only count, sum and schema of histograms. Without buckets a reset could not be seen later, so it is looked for
 * now, from sample to sample. Source: promql/histogram_stats_iterator.go.
 */
function withoutBuckets(series: SeriesSamples): SeriesSamples {
  let last: FloatHistogram | undefined;
  const histograms = series.histograms?.map((histogram) => {
    if (histogram === undefined) return undefined;
    let hint = histogram.counterResetHint;
    if (hint === 'unknown' && last !== undefined) hint = detectReset(histogram, last) ? 'reset' : 'not-reset';
    last = { ...histogram, counterResetHint: hint };
    return bare(histogram, hint);
  });
  return histograms === undefined ? series : { ...series, histograms };
}

function bare({ schema, count, sum }: FloatHistogram, counterResetHint: FloatHistogram['counterResetHint']): FloatHistogram {
  return {
    counterResetHint, schema, count, sum, zeroThreshold: 0, zeroCount: 0,
    positiveSpans: [], negativeSpans: [], positiveBuckets: [], negativeBuckets: [], customValues: [],
  };
}
