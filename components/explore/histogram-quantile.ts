import type { HistogramBucket, HistogramValue } from './read-answer.ts';

/**
 * The value below which a share `q` (0..1) of the observations lies; NaN when there are none. Within an exponential bucket
 * the place is interpolated exponentially, within others linearly, as Prometheus' histogram_quantile does
 * (promql/quantile.go). The API leaves out the schema: buckets that all have one ratio of 2^2^-n are exponential.
 */
export function histogramQuantile({ buckets, count }: HistogramValue, q: number): number {
  if (!(count > 0) || buckets.length === 0) return Number.NaN;
  const exponential = isExponential(buckets);
  const rank = q * count;
  let below = 0;
  for (const bucket of buckets) {
    if (below + bucket.count >= rank && bucket.count > 0) return within(bucket, (rank - below) / bucket.count, exponential);
    below += bucket.count;
  }
  return buckets.at(-1)?.upper ?? Number.NaN;
}

function within({ lower, upper }: HistogramBucket, share: number, exponential: boolean): number {
  if (!Number.isFinite(lower)) return upper;
  if (!Number.isFinite(upper)) return lower;
  if (exponential && lower > 0) return lower * (upper / lower) ** share;
  if (exponential && upper < 0) return lower * (upper / lower) ** share;
  return lower + (upper - lower) * share;
}

function isExponential(buckets: readonly HistogramBucket[]): boolean {
  const ratios = buckets.filter(({ lower, upper }) => lower > 0 && Number.isFinite(upper)).map(({ lower, upper }) => Math.log2(upper / lower));
  const [first] = ratios;
  if (first === undefined) return buckets.some(({ upper }) => upper < 0);
  const level = Math.log2(first);
  return Math.abs(level - Math.round(level)) < 1e-6 && ratios.every((ratio) => Math.abs(ratio - first) < 1e-6);
}
