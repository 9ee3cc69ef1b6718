/**
 * A native histogram with float counts: exponential buckets (`schema` -4 … 8) or custom ones (`schema` -53, bounds in
 * `customValues`). Integer histograms are turned into it on their way in. Values are never changed in place.
 * Source of the shape: Prometheus model/histogram/float_histogram.go.
 */
export interface FloatHistogram {
  readonly counterResetHint: CounterResetHint;
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly count: number;
  readonly sum: number;
  readonly positiveSpans: readonly BucketSpan[];
  readonly negativeSpans: readonly BucketSpan[];
  /** Absolute counts, one for each bucket that the spans name. */
  readonly positiveBuckets: readonly number[];
  readonly negativeBuckets: readonly number[];
  /** Upper bounds of custom buckets, rising, without +Inf; empty for exponential ones. */
  readonly customValues: readonly number[];
}

/** A run of neighbouring buckets: `offset` from the end of the run before (or from bucket 0), and how many. */
export interface BucketSpan {
  readonly offset: number;
  readonly length: number;
}

/** Whether the counter behind a histogram was reset before it, as far as is known. */
export type CounterResetHint = 'unknown' | 'reset' | 'not-reset' | 'gauge';

/** The schema of histograms with custom buckets. */
export const CUSTOM_BUCKETS_SCHEMA = -53;
