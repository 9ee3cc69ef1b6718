import { BucketWalk } from './buckets.ts';
import type { FloatHistogram } from './float-histogram.ts';
import { usesCustomBuckets } from './histogram-schema.ts';
import { exponentialValueAt, fractionBelow } from './interpolate-bucket.ts';

/** A value and what a query should say of it: there were NaN observations, which make it NaN or skew it. */
export interface HistogramEstimate {
  readonly value: number;
  readonly note: 'nan-result' | 'nan-skew' | undefined;
}

/**
 * The value that a share `q` of the observations does not exceed, interpolated within its bucket: linearly for custom
 * buckets and the zero bucket, else on a logarithmic scale. q below 0, above 1 gives -Inf, +Inf; no observations give NaN.
 * Source: promql/quantile.go `HistogramQuantile`.
 */
export function histogramQuantile(q: number, h: FloatHistogram): HistogramEstimate {
  if (q < 0) return { value: -Infinity, note: undefined };
  if (q > 1) return { value: Infinity, note: undefined };
  if (h.count === 0 || Number.isNaN(q)) return { value: NaN, note: undefined };
  // Observations of NaN are in the count but in no bucket: with them the rank holds from below only.
  const forward = Number.isNaN(h.sum) || q < 0.5;
  const rank = forward ? q * h.count : (1 - q) * h.count;
  const walk = new BucketWalk(h, forward ? 'ascending' : 'descending');
  let { lower, upper, count: own } = walk;
  let count = 0;
  while (walk.next()) {
    ({ lower, upper, count: own } = walk);
    if (own === 0) continue;
    count += own;
    if (count >= rank) break;
  }
  const custom = usesCustomBuckets(h);
  if (custom) {
    if (lower === -Infinity) {
      if (upper <= 0) return { value: upper, note: undefined };
      lower = 0;
    } else if (upper === Infinity) {
      return { value: lower, note: undefined };
    }
  } else if (lower < 0 && upper > 0) {
    ({ lower, upper } = narrowedZero(h, lower, upper));
  }
  count = Math.min(count, h.count);
  if (count < rank) return Number.isNaN(h.sum) ? { value: NaN, note: 'nan-result' } : { value: upper, note: undefined };
  const within = forward ? rank - (count - own) : count - rank;
  let note: HistogramEstimate['note'];
  if (Number.isNaN(h.sum)) {
    while (walk.next()) {
      own = walk.count;
      ({ lower, upper } = walk);
      count += own;
    }
    if (count < h.count) note = 'nan-skew';
  }
  const fraction = within / own;
  const linear = custom || (lower <= 0 && upper >= 0);
  return { value: linear ? lower + (upper - lower) * fraction : exponentialValueAt(lower, upper, fraction), note };
}

/**
 * The share of observations between two values, interpolated as `histogramQuantile` does. NaN without observations or for
 * NaN bounds, 0 when lower is not below upper. Source: promql/quantile.go `HistogramFraction`.
 */
export function histogramFraction(lower: number, upper: number, h: FloatHistogram): HistogramEstimate {
  if (h.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return { value: NaN, note: undefined };
  if (lower >= upper) return { value: 0, note: undefined };
  const custom = usesCustomBuckets(h);
  const walk = new BucketWalk(h, 'ascending');
  let count = 0;
  let rank = 0;
  let lowerRank: number | undefined;
  let upperRank: number | undefined;
  while ((lowerRank === undefined || upperRank === undefined) && walk.next()) {
    count += walk.count;
    const zero = walk.lower <= 0 && walk.upper >= 0;
    const bounds = zero ? narrowedZero(h, walk.lower, walk.upper) : walk;
    const linear = custom || zero;
    lowerRank ??= rankOf(lower, bounds, rank, walk.count, linear);
    upperRank ??= rankOf(upper, bounds, rank, walk.count, linear);
    rank += walk.count;
  }
  let note: HistogramEstimate['note'];
  if (Number.isNaN(h.sum)) {
    while (walk.next()) count += walk.count;
    if (count < h.count) note = 'nan-skew';
  } else {
    count = h.count;
  }
  lowerRank = lowerRank === undefined || lowerRank > count ? count : lowerRank;
  upperRank = upperRank === undefined || upperRank > count ? count : upperRank;
  return { value: (upperRank - lowerRank) / h.count, note };
}

/** How many observations lie below `value`, if it is at the start of the bucket or within it; undefined when it is above. */
function rankOf(value: number, bounds: { readonly lower: number; readonly upper: number }, rank: number, count: number, linear: boolean): number | undefined {
  if (bounds.lower >= value) return rank;
  if (bounds.upper <= value) return undefined;
  // A bucket without a lower end takes no part; the reference gives its own count here.
  if (linear && bounds.lower === -Infinity) return count;
  return rank + count * fractionBelow(bounds, value, linear);
}

/** A histogram with buckets of one sign only has no observations on the other side of zero. */
function narrowedZero(h: FloatHistogram, lower: number, upper: number): { lower: number; upper: number } {
  if (h.negativeBuckets.length === 0 && h.positiveBuckets.length > 0) return { lower: 0, upper };
  if (h.positiveBuckets.length === 0 && h.negativeBuckets.length > 0) return { lower, upper: 0 };
  return { lower, upper };
}
