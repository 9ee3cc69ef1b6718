/** The sum of each value with the `points - 1` before it; what is not there counts nothing. */
export function slidingSums(values: readonly (number | null)[], points: number): number[] {
  let sum = 0;
  return values.map((value, i) => {
    sum += value ?? 0;
    if (i >= points) sum -= values[i - points] ?? 0;
    return sum;
  });
}

/**
 * A quantile of counts in buckets that reach from half of `upTo` (exclusive) to it, interpolated on the logarithm, as
 * Prometheus does within exponential buckets; NaN for no counts. Source: prometheus/promql/quantile.go.
 */
export function quantileOfBuckets(buckets: readonly { readonly upTo: number; readonly count: number }[], quantile: number): number {
  const ascending = buckets.filter((b) => b.count > 0).toSorted((a, b) => a.upTo - b.upTo);
  const total = ascending.reduce((sum, b) => sum + b.count, 0);
  let below = 0;
  for (const { upTo, count } of ascending) {
    if (below + count >= quantile * total) return (upTo / 2) * 2 ** Math.max(0, (quantile * total - below) / count);
    below += count;
  }
  return Number.NaN;
}
