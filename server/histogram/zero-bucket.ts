import { exponentialBound } from './bucket-bounds.ts';
import { compactSide } from './compact-histogram.ts';
import { lossOf } from './compensated-sum.ts';
import type { BucketSpan, FloatHistogram } from './float-histogram.ts';
import type { MutableHistogram } from './mutable-histogram.ts';

/** What a zero bucket of `threshold` holds; `lost` is what rounding lost of the count. */
export interface ZeroBucket {
  readonly threshold: number;
  readonly count: number;
  readonly lost: number;
}

/**
 * The zero bucket of an exponential histogram if its threshold were at least `threshold` (not less than it is). Where that
 * is within a populated bucket, the threshold is raised to the outer bound of it. `lost` is the histogram of what rounding
 * lost, when there is one. Source: model/histogram/float_histogram.go `zeroCountForLargerThreshold`.
 */
export function zeroBucketOf(h: FloatHistogram, threshold: number, lost?: FloatHistogram): ZeroBucket {
  if (threshold === h.zeroThreshold) return { threshold, count: h.zeroCount, lost: lost?.zeroCount ?? 0 };
  const zero = { threshold, count: h.zeroCount, lost: lost?.zeroCount ?? 0 };
  for (;;) {
    zero.count = h.zeroCount;
    takeSide(zero, h.positiveSpans, h.positiveBuckets, h.schema, lost?.positiveBuckets);
    const before = zero.threshold;
    takeSide(zero, h.negativeSpans, h.negativeBuckets, h.schema, lost?.negativeBuckets);
    // A negative bucket that raised the threshold makes what was taken of the positive ones wrong.
    if (zero.threshold === before) return zero;
  }
}

function takeSide(zero: { threshold: number; count: number; lost: number }, spans: readonly BucketSpan[], buckets: readonly number[], schema: number, lost: readonly number[] | undefined): void {
  let index = 0;
  let at = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length; i++, index++, at++) {
      if (exponentialBound(index - 1, schema) >= zero.threshold) return;
      const count = buckets[at] ?? 0;
      take(zero, count);
      if (lost !== undefined) take(zero, lost[at] ?? 0);
      const outer = exponentialBound(index, schema);
      if (outer <= zero.threshold) continue;
      if (count !== 0) zero.threshold = outer;
      return;
    }
  }
}

function take(zero: { count: number; lost: number }, value: number): void {
  const total = zero.count + value;
  zero.lost = lossOf(zero.count, value, total, zero.lost);
  zero.count = total;
}

/**
 * Widens the zero bucket of `h`, and of `lost` with it, until it is as wide as one that fits `other`, too, and gives the
 * zero bucket `other` has then. Source: model/histogram/float_histogram.go `reconcileZeroBuckets`.
 */
export function reconcileZeroBuckets(h: MutableHistogram, other: FloatHistogram, lost?: MutableHistogram): ZeroBucket {
  let zero: ZeroBucket = { threshold: other.zeroThreshold, count: other.zeroCount, lost: 0 };
  while (zero.threshold !== h.zeroThreshold) {
    if (h.zeroThreshold > zero.threshold) zero = zeroBucketOf(other, h.zeroThreshold);
    if (zero.threshold > h.zeroThreshold) {
      const own = zeroBucketOf(h, zero.threshold, lost);
      h.zeroCount = own.count;
      h.zeroThreshold = own.threshold;
      if (lost !== undefined) lost.zeroCount = own.lost;
      dropBucketsWithinZero(h, lost);
    }
    // Thresholds that are not numbers never become the same.
    if (Number.isNaN(zero.threshold) || Number.isNaN(h.zeroThreshold)) break;
  }
  return zero;
}

/** Takes out the buckets that the zero bucket has swallowed. Source: `trimBucketsInZeroBucket`. */
function dropBucketsWithinZero(h: MutableHistogram, lost: MutableHistogram | undefined): void {
  const positive = compactSide({ spans: h.positiveSpans, buckets: emptied(h.positiveSpans, h.positiveBuckets, h) }, lost && emptied(h.positiveSpans, lost.positiveBuckets, h), 0);
  const negative = compactSide({ spans: h.negativeSpans, buckets: emptied(h.negativeSpans, h.negativeBuckets, h) }, lost && emptied(h.negativeSpans, lost.negativeBuckets, h), 0);
  h.positiveSpans = positive.spans;
  h.positiveBuckets = positive.buckets;
  h.negativeSpans = negative.spans;
  h.negativeBuckets = negative.buckets;
  if (lost === undefined) return;
  lost.positiveBuckets = positive.lost;
  lost.negativeBuckets = negative.lost;
}

function emptied(spans: readonly BucketSpan[], buckets: readonly number[], { schema, zeroThreshold }: MutableHistogram): number[] {
  const out = buckets.slice();
  let index = 0;
  let at = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length; i++, index++, at++) {
      if (exponentialBound(index - 1, schema) >= zeroThreshold) return out;
      out[at] = 0;
    }
  }
  return out;
}
