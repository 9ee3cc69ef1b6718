import { detectReset } from '#server/histogram/detect-reset.ts';
import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import type { SeriesSamples, TimeRange } from '#server/timeseries/storage.ts';
import type { VectorSelector } from './ast.ts';
import type { QueryScope } from './eval-context.ts';

/**
 * The series of a selector with their samples in a range of time (Unix ms, both ends included). The same selection is
 * made once a query, wherever in it it stands. Where only count and sum of histograms are used, their buckets are left out.
 */
export function selectSamples(selector: VectorSelector, range: TimeRange, scope: QueryScope): readonly SeriesSamples[] {
  const key = JSON.stringify([selector.matchers, range.start, range.end]);
  let selected = scope.selections.get(key);
  if (selected === undefined) {
    scope.checkpoint();
    selected = scope.querier.select(selector.matchers, range);
    scope.selections.set(key, selected);
  }
  return scope.statisticsOnly.has(selector) && selected.some((one) => one.histograms !== undefined) ? selected.map(withoutBuckets) : selected;
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
