import { negativeBucketsOf, positiveBucketsOf, type Bucket } from './buckets.ts';
import { compactHistogram } from './compact-histogram.ts';
import type { FloatHistogram } from './float-histogram.ts';
import { usesCustomBuckets } from './histogram-schema.ts';
import { fractionBelow } from './interpolate-bucket.ts';

/** Which observations are trimmed: those above the bound (`</`), or those below it (`>/`). */
export type TrimSide = 'upper' | 'lower';

/** What is left of a bucket, and where its observations are taken to be. */
interface Kept {
  readonly count: number;
  readonly middle: number;
}

/**
 * The histogram of the observations at or below `bound` (`upper`) or above it (`lower`). Buckets around the bound are cut by
 * interpolation; count and sum are estimated anew from what is left. The same object when nothing is cut.
 * Source: model/histogram/float_histogram.go `TrimBuckets`.
 */
export function trimHistogram(h: FloatHistogram, bound: number, side: TrimSide): FloatHistogram {
  const custom = usesCustomBuckets(h);
  const total = { count: 0, sum: 0, cut: false };
  const positive = trimSide(positiveBucketsOf(h), total, (bucket) => keptOf(bucket, bound, side, true, custom));
  const negative = trimSide(custom ? [] : negativeBucketsOf(h), total, (bucket) => keptOf(bucket, bound, side, false, custom));
  let { zeroCount } = h;
  if (zeroCount > 0) {
    const kept = keptOfZero(h, bound, side, positive.populated, negative.populated);
    if (kept.count !== zeroCount) total.cut = true;
    zeroCount = kept.count;
    total.sum += kept.middle * kept.count;
    total.count += kept.count;
  }
  if (!total.cut) return h;
  return compactHistogram({ ...h, count: total.count, sum: total.sum, zeroCount, positiveBuckets: positive.counts, negativeBuckets: negative.counts }, 0);
}

function trimSide(buckets: readonly Bucket[], total: { count: number; sum: number; cut: boolean }, keep: (bucket: Bucket) => Kept): { counts: number[]; populated: boolean } {
  let populated = false;
  const counts = buckets.map((bucket) => {
    if (bucket.count === 0) return bucket.count;
    populated = true;
    const { count, middle } = keep(bucket);
    total.count += count;
    total.sum += middle * count;
    if (count !== bucket.count) total.cut = true;
    return count;
  });
  return { counts, populated };
}

const NOTHING: Kept = { count: 0, middle: 0 };

function keptOf(bucket: Bucket, bound: number, side: TrimSide, positive: boolean, custom: boolean): Kept {
  const { lower, upper, count } = bucket;
  const whole = side === 'upper' ? upper <= bound : lower >= bound;
  if (whole) return { count, middle: middleOf(lower, upper, positive, custom) };
  const within = side === 'upper' ? lower < bound : upper > bound;
  if (!within) return NOTHING;
  if (lower === -Infinity) return keptOfEndlessBelow(bucket, bound, side);
  if (upper === Infinity) return side === 'lower' && bound >= lower ? { count, middle: bound } : { count: 0, middle: finiteOrZero(lower) };
  const under = countBelow(bucket, bound, custom);
  if (side === 'upper') return { count: under, middle: middleOf(lower, bound, positive, custom) };
  return { count: count - under, middle: middleOf(bound, upper, positive, custom) };
}

/**
 * A bucket from -Inf on: when it ends above zero, its observations are taken to be between zero and its end, else how they
 * are spread is not known. Source: `handleInfinityBuckets`.
 */
function keptOfEndlessBelow({ upper, count }: Bucket, bound: number, side: TrimSide): Kept {
  if (side === 'upper') {
    if (bound > 0 && upper > 0 && upper !== Infinity) return { count: (count * bound) / upper, middle: bound / 2 };
    return upper <= 0 ? { count, middle: bound } : { count: 0, middle: finiteOrZero(upper) };
  }
  if (bound >= 0 && upper > bound && upper !== Infinity) return { count: count * (1 - bound / upper), middle: (bound + upper) / 2 };
  return { count: 0, middle: finiteOrZero(upper) };
}

function keptOfZero(h: FloatHistogram, bound: number, side: TrimSide, hasPositive: boolean, hasNegative: boolean): Kept {
  const lower = hasPositive && !hasNegative ? 0 : -h.zeroThreshold;
  const upper = hasNegative && !hasPositive ? 0 : h.zeroThreshold;
  const whole: Kept = { count: h.zeroCount, middle: (lower + upper) / 2 };
  if (side === 'upper') {
    if (bound <= lower) return NOTHING;
    if (bound >= upper) return whole;
    return { count: h.zeroCount * ((bound - lower) / (upper - lower)), middle: (lower + bound) / 2 };
  }
  if (bound <= lower) return whole;
  if (bound >= upper) return NOTHING;
  return { count: h.zeroCount * ((upper - bound) / (upper - lower)), middle: (bound + upper) / 2 };
}

function countBelow(bucket: Bucket, bound: number, linear: boolean): number {
  if (bound <= bucket.lower) return 0;
  return bound >= bucket.upper ? bucket.count : bucket.count * fractionBelow(bucket, bound, linear);
}

function middleOf(lower: number, upper: number, positive: boolean, linear: boolean): number {
  if (isInfinite(lower)) {
    if (isInfinite(upper)) return 0;
    return upper > 0 ? upper / 2 : upper;
  }
  if (isInfinite(upper)) return lower;
  if (linear) return (lower + upper) / 2;
  const geometric = Math.sqrt(Math.abs(lower * upper));
  return positive ? geometric : -geometric;
}

function finiteOrZero(value: number): number {
  return isInfinite(value) ? 0 : value;
}

function isInfinite(value: number): boolean {
  return value === Infinity || value === -Infinity;
}
