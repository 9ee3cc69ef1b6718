import { spansMatch } from './bucket-layout.ts';
import type { FloatHistogram } from './float-histogram.ts';
import { sameBounds, usesCustomBuckets } from './histogram-schema.ts';

/**
 * Whether two histograms are the same data: the same buckets, also empty ones, with the same counts, where NaN is NaN and
 * -0 is not 0. Hints do not matter. Source: model/histogram/float_histogram.go `Equals`.
 */
export function equalHistograms(a: FloatHistogram, b: FloatHistogram): boolean {
  if (a === b) return true;
  return (
    a.schema === b.schema &&
    Object.is(a.count, b.count) &&
    Object.is(a.sum, b.sum) &&
    (!usesCustomBuckets(a) || sameBounds(a.customValues, b.customValues)) &&
    a.zeroThreshold === b.zeroThreshold &&
    Object.is(a.zeroCount, b.zeroCount) &&
    spansMatch(a.negativeSpans, b.negativeSpans) &&
    sameCounts(a.negativeBuckets, b.negativeBuckets) &&
    spansMatch(a.positiveSpans, b.positiveSpans) &&
    sameCounts(a.positiveBuckets, b.positiveBuckets)
  );
}

function sameCounts(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}
