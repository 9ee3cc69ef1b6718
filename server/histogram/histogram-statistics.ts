import { BucketWalk } from './buckets.ts';
import { lossOf } from './compensated-sum.ts';
import type { FloatHistogram } from './float-histogram.ts';
import { usesCustomBuckets } from './histogram-schema.ts';

/** The mean of the observations. Source: promql/functions.go `funcHistogramAvg`. */
export function histogramAvg(h: FloatHistogram): number {
  return h.sum / h.count;
}

/**
 * The variance of the observations, each taken to be in the middle of its bucket: the arithmetic one of custom buckets, zero
 * for the zero bucket, else the geometric one. Source: promql/functions.go `histogramVariance`.
 */
export function histogramStdvar(h: FloatHistogram): number {
  const mean = h.sum / h.count;
  const custom = usesCustomBuckets(h);
  const walk = new BucketWalk(h, 'ascending');
  let variance = 0;
  let lost = 0;
  while (walk.next()) {
    if (walk.count === 0) continue;
    const delta = middleOf(walk, custom) - mean;
    const share = walk.count * delta * delta;
    const total = variance + share;
    lost = lossOf(variance, share, total, lost);
    variance = total;
  }
  return (variance + lost) / h.count;
}

/** The standard deviation of the observations; see `histogramStdvar`. */
export function histogramStddev(h: FloatHistogram): number {
  return Math.sqrt(histogramStdvar(h));
}

function middleOf({ lower, upper }: BucketWalk, custom: boolean): number {
  if (custom) return (upper + lower) / 2;
  if (lower <= 0 && upper >= 0) return 0;
  const middle = Math.sqrt(upper * lower);
  return upper < 0 ? -middle : middle;
}
