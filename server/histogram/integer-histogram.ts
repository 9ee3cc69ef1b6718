import type { FloatHistogram } from './float-histogram.ts';

/**
 * A native histogram as it is sent: whole counts, and buckets as the difference to the bucket before (the first one is
 * absolute). Source of the shape: Prometheus model/histogram/histogram.go. Counts above 2^53 lose their last digits.
 */
export interface IntegerHistogram extends Omit<FloatHistogram, 'positiveBuckets' | 'negativeBuckets'> {
  readonly positiveDeltas: readonly number[];
  readonly negativeDeltas: readonly number[];
}
