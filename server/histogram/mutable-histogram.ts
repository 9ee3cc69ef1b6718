import type { BucketSpan, CounterResetHint, FloatHistogram } from './float-histogram.ts';

/** A histogram in the making: its bucket arrays belong to whoever makes it. Spans and custom bounds are never changed in place. */
export interface MutableHistogram {
  counterResetHint: CounterResetHint;
  schema: number;
  zeroThreshold: number;
  zeroCount: number;
  count: number;
  sum: number;
  positiveSpans: readonly BucketSpan[];
  negativeSpans: readonly BucketSpan[];
  positiveBuckets: number[];
  negativeBuckets: number[];
  customValues: readonly number[];
}

/** A copy whose buckets may be changed. */
export function copyHistogram(h: FloatHistogram): MutableHistogram {
  return {
    counterResetHint: h.counterResetHint,
    schema: h.schema,
    zeroThreshold: h.zeroThreshold,
    zeroCount: h.zeroCount,
    count: h.count,
    sum: h.sum,
    positiveSpans: h.positiveSpans,
    negativeSpans: h.negativeSpans,
    positiveBuckets: h.positiveBuckets.slice(),
    negativeBuckets: h.negativeBuckets.slice(),
    customValues: h.customValues,
  };
}
