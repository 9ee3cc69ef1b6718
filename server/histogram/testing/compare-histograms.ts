import { spansMatch } from '../bucket-layout.ts';
import { compactHistogram } from '../compact-histogram.ts';
import type { FloatHistogram } from '../float-histogram.ts';
import { sameBounds, usesCustomBuckets } from '../histogram-schema.ts';
import type { DescribedHistogram } from './parse-histogram.ts';

const TOLERANCE = 1e-6;
const SMALLEST_NORMAL = 2.2250738585072014e-308;

/**
 * Whether a query gave the histogram that a test script expects: both compacted, the same buckets, numbers nearly equal, and
 * the counter reset hint if the script says one. Source: promql/promqltest/test.go `compareNativeHistogram`.
 */
export function isExpectedHistogram(expected: DescribedHistogram, actual: FloatHistogram): boolean {
  const a = compactHistogram(expected.histogram, 0);
  const b = compactHistogram(actual, 0);
  return (
    a.schema === b.schema &&
    isNear(a.count, b.count) &&
    isNear(a.sum, b.sum) &&
    (!usesCustomBuckets(a) || sameBounds(a.customValues, b.customValues)) &&
    a.zeroThreshold === b.zeroThreshold &&
    isNear(a.zeroCount, b.zeroCount) &&
    spansMatch(a.negativeSpans, b.negativeSpans) &&
    areNear(a.negativeBuckets, b.negativeBuckets) &&
    spansMatch(a.positiveSpans, b.positiveSpans) &&
    areNear(a.positiveBuckets, b.positiveBuckets) &&
    (!expected.counterResetHintSet || a.counterResetHint === b.counterResetHint)
  );
}

/** Whether two numbers differ by less than a millionth of their sum; NaN is near NaN. Source: util/almost. */
export function isNear(a: number, b: number): boolean {
  if (Object.is(a, b) || a === b) return true;
  const sum = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || sum < SMALLEST_NORMAL) return difference < TOLERANCE * SMALLEST_NORMAL;
  return difference / Math.min(sum, Number.MAX_VALUE) < TOLERANCE;
}

function areNear(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, at) => isNear(value, b[at] ?? NaN));
}
