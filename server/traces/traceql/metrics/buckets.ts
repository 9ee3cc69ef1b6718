/**
 * Buckets of numbers by powers of two, as Tempo has them: each is named by its upper bound, which is in it. Quantiles are
 * taken from buckets 16 times finer, so that they are within 2.2 % of the exact one (Tempo's are within a factor of 2).
 * Bucket indexes: 16 for each doubling; what is 0 or less is below all others.
 */
const FINENESS = 16;
const LOWEST = Number.NEGATIVE_INFINITY;

/** The bucket of a number: a multiple of 16 when it is not `fine`. */
export function bucketOf(value: number, fine: boolean): number {
  if (!(value > 0)) return LOWEST;
  if (!fine) return Math.ceil(exactLog2(value)) * FINENESS;
  return Math.ceil(exactLog2(value) * FINENESS - 1e-9);
}

/** Upper bound of a bucket, inclusive; 0 for the lowest. */
export function boundOf(bucket: number): number {
  return bucket === LOWEST ? 0 : 2 ** (bucket / FINENESS);
}

/**
 * The quantile (0..1) of what was counted into fine buckets: the value of the rank ceil(q · n), taking the values of a
 * bucket as evenly spread on a logarithmic scale. Undefined when nothing was counted.
 */
export function quantileOf(quantile: number, counts: readonly (readonly [bucket: number, count: number])[]): number | undefined {
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return undefined;
  let rank = Math.max(1, Math.ceil(quantile * total));
  for (const [bucket, count] of counts.toSorted(([a], [b]) => a - b)) {
    if (rank <= count) return bucket === LOWEST ? 0 : 2 ** ((bucket - 1 + rank / count) / FINENESS);
    rank -= count;
  }
  return undefined;
}

/** Math.log2 gives no whole number for some powers of two beyond 2^28. */
function exactLog2(value: number): number {
  const log = Math.log2(value);
  const whole = Math.round(log);
  return 2 ** whole === value ? whole : log;
}
