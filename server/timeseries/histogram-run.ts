import type { BucketSpan, CounterResetHint, FloatHistogram } from '#server/histogram/float-histogram.ts';

/**
 * How a histogram goes on after the one before it: in the same chunk (`same`), in a new chunk of other buckets although
 * the counter went on (`widened`), or in a new chunk about which nothing is known (`broken`: a reset, another resolution,
 * from counter to gauge). Rules: Prometheus tsdb/chunkenc/float_histogram.go, `appendable` and `appendableGauge`.
 */
export type Continuation = 'same' | 'widened' | 'broken';

/** Judges the step from one stored histogram to the next. Stale ones are stored as floats and never come here. */
export function continuationOf(before: FloatHistogram, next: FloatHistogram): Continuation {
  const gauge = next.counterResetHint === 'gauge';
  if (gauge !== (before.counterResetHint === 'gauge')) return 'broken';
  if (next.schema !== before.schema || next.zeroThreshold !== before.zeroThreshold || !sameNumbers(next.customValues, before.customValues)) return 'broken';
  const sameBuckets =
    sameSpans(before.positiveSpans, next.positiveSpans) &&
    sameSpans(before.negativeSpans, next.negativeSpans) &&
    before.positiveBuckets.length === next.positiveBuckets.length &&
    before.negativeBuckets.length === next.negativeBuckets.length;
  if (!gauge) {
    if (next.counterResetHint === 'reset' || next.count < before.count || next.zeroCount < before.zeroCount) return 'broken';
    if (isReset(before.positiveSpans, before.positiveBuckets, next.positiveSpans, next.positiveBuckets)) return 'broken';
    if (isReset(before.negativeSpans, before.negativeBuckets, next.negativeSpans, next.negativeBuckets)) return 'broken';
  }
  return sameBuckets ? 'same' : 'widened';
}

/** The hint of the first histogram of a new chunk, as it is to be read back. */
export function firstHint(histogram: FloatHistogram, continuation: Continuation): CounterResetHint {
  if (histogram.counterResetHint === 'gauge') return 'gauge';
  return continuation === 'broken' ? 'unknown' : 'not-reset';
}

function sameSpans(a: readonly BucketSpan[], b: readonly BucketSpan[]): boolean {
  return a === b || (a.length === b.length && a.every((span, i) => span.offset === b[i]?.offset && span.length === b[i]?.length));
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((value, i) => value === b[i]));
}

/** Whether a bucket shrank, or went away while it was in use. */
function isReset(spansA: readonly BucketSpan[], bucketsA: readonly number[], spansB: readonly BucketSpan[], bucketsB: readonly number[]): boolean {
  if (sameSpans(spansA, spansB)) return bucketsA.some((count, i) => (bucketsB[i] ?? 0) < count);
  const next = new Map<number, number>();
  eachBucket(spansB, bucketsB, (index, count) => next.set(index, count));
  let reset = false;
  eachBucket(spansA, bucketsA, (index, count) => {
    if ((next.get(index) ?? 0) < count) reset = true;
  });
  return reset;
}

function eachBucket(spans: readonly BucketSpan[], buckets: readonly number[], visit: (index: number, count: number) => void): void {
  let index = 0;
  let at = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length; i++) visit(index++, buckets[at++] ?? 0);
  }
}
