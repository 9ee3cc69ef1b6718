/** One cumulative histogram bucket: requests per second at or below `le` milliseconds (+Inf last). */
export interface Bucket {
  readonly le: number;
  readonly count: number;
}

/**
 * Quantile of a cumulative histogram by linear interpolation inside the bucket, as Prometheus' bucketQuantile does
 * (promql/quantile.go): the first bucket starts at 0, a quantile in the +Inf bucket is the highest finite bound.
 * Undefined when there is no traffic or no +Inf bucket.
 */
export function bucketQuantile(q: number, buckets: readonly Bucket[]): number | undefined {
  const sorted = buckets.toSorted((a, b) => a.le - b.le);
  const total = sorted.at(-1);
  if (total === undefined || total.le !== Infinity || !(total.count > 0) || sorted.length < 2) return undefined;
  const rank = q * total.count;
  const index = sorted.findIndex((b) => b.count >= rank);
  const bucket = sorted[index];
  if (bucket === undefined || bucket.le === Infinity) return sorted.at(-2)?.le;
  const below = sorted[index - 1];
  const start = below?.le ?? 0;
  const inBucket = bucket.count - (below?.count ?? 0);
  if (!(inBucket > 0)) return bucket.le;
  return start + (bucket.le - start) * ((rank - (below?.count ?? 0)) / inBucket);
}
