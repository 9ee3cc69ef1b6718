import type { BucketSpan, CounterResetHint } from './float-histogram.ts';

/**
 * A native histogram as it is sent: whole counts, and buckets as the difference to the bucket before (the first one is
 * absolute). Source of the shape: Prometheus model/histogram/histogram.go. Counts above 2^53 lose their last digits.
 */
export interface IntegerHistogram {
  readonly counterResetHint: CounterResetHint;
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly count: number;
  readonly sum: number;
  readonly positiveSpans: readonly BucketSpan[];
  readonly negativeSpans: readonly BucketSpan[];
  readonly positiveDeltas: readonly number[];
  readonly negativeDeltas: readonly number[];
  readonly customValues: readonly number[];
}
