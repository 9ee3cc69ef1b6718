import { CUSTOM_BUCKETS_SCHEMA, type FloatHistogram } from '#server/histogram/float-histogram.ts';
import { parseGoFloat } from '#server/promql/go-number.ts';

/** A native histogram as the API writes it; a bucket is its boundary rule, lower and upper bound, and count. */
export interface HistogramJson {
  readonly count: string;
  readonly sum: string;
  readonly buckets?: readonly (readonly [rule: number, lower: string, upper: string, count: string])[];
}

/**
 * A histogram out of the API's JSON, which does not tell its schema: the populated buckets become custom ones, and the gaps between
 * them empty ones. Count, sum, and where between two bounds observations are stay; which bound belongs to a bucket, and what is
 * known of counter resets, does not. Undefined when the buckets overlap or a number is none.
 */
export function decodeHistogram({ count, sum, buckets = [] }: HistogramJson): FloatHistogram | undefined {
  const bounds: number[] = [];
  const counts: number[] = [];
  let reached = -Infinity;
  for (const [, lowerText, upperText, countText] of buckets) {
    const [lower, upper, inside] = [parseGoFloat(lowerText), parseGoFloat(upperText), parseGoFloat(countText)];
    if (lower === undefined || upper === undefined || inside === undefined || !(lower >= reached) || !(upper > lower)) return undefined;
    if (lower > reached) {
      bounds.push(lower);
      counts.push(0);
    }
    if (upper < Infinity) bounds.push(upper);
    counts.push(inside);
    reached = upper;
  }
  const [total, weight] = [parseGoFloat(count), parseGoFloat(sum)];
  if (total === undefined || weight === undefined) return undefined;
  return {
    counterResetHint: 'unknown', schema: CUSTOM_BUCKETS_SCHEMA, zeroThreshold: 0, zeroCount: 0, count: total, sum: weight,
    positiveSpans: counts.length === 0 ? [] : [{ offset: 0, length: counts.length }], negativeSpans: [], positiveBuckets: counts, negativeBuckets: [], customValues: bounds,
  };
}
