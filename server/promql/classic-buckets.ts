/** Quantiles and fractions of classic (bucketed) histograms. Source: Prometheus promql/quantile.go. */
export interface Bucket {
  readonly upperBound: number;
  count: number;
}

/** Buckets that had to be made monotonic, for the user to know. */
export interface ForcedBuckets {
  readonly minBucket: number;
  readonly maxBucket: number;
  readonly maxDiff: number;
}

const SMALL_DELTA = 1e-12;

/**
 * The q-quantile by linear interpolation within a bucket. `buckets` are sorted by upper bound and may be changed. NaN
 * without observations, without a +Inf bucket or with fewer than two buckets; q outside [0, 1] gives an infinity.
 */
export function bucketQuantile(q: number, buckets: readonly Bucket[]): { readonly value: number; readonly forced: ForcedBuckets | undefined } {
  if (Number.isNaN(q)) return { value: NaN, forced: undefined };
  if (q < 0) return { value: -Infinity, forced: undefined };
  if (q > 1) return { value: Infinity, forced: undefined };
  if (buckets.at(-1)?.upperBound !== Infinity) return { value: NaN, forced: undefined };
  const merged = coalesce(buckets);
  const forced = makeMonotonic(merged);
  return { value: interpolate(q, merged), forced };
}

function interpolate(q: number, buckets: readonly Bucket[]): number {
  const last = buckets.length - 1;
  const observations = buckets[last]?.count ?? 0;
  if (last < 1 || observations === 0) return NaN;
  let rank = q * observations;
  let at = 0;
  while (at < last && !((buckets[at]?.count ?? 0) >= rank)) at++;
  if (at === last) return buckets[last - 1]?.upperBound ?? NaN;
  const bucket = buckets[at];
  if (bucket === undefined) return NaN;
  if (at === 0 && bucket.upperBound <= 0) return bucket.upperBound;
  const below = at > 0 ? buckets[at - 1] : undefined;
  const start = below?.upperBound ?? 0;
  const count = bucket.count - (below?.count ?? 0);
  rank -= below?.count ?? 0;
  return start + (bucket.upperBound - start) * (rank / count);
}

/** The share of observations between two values, by the same interpolation. `buckets` are sorted by upper bound. */
export function bucketFraction(lower: number, upper: number, sorted: readonly Bucket[]): number {
  if (sorted.at(-1)?.upperBound !== Infinity) return NaN;
  const buckets = coalesce(sorted);
  const count = buckets.at(-1)?.count ?? 0;
  if (count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return NaN;
  if (lower >= upper) return 0;
  const rankOf = (value: number): number => {
    let lowerBound = (buckets[0]?.upperBound ?? 0) <= 0 ? -Infinity : 0;
    let rank = 0;
    for (const bucket of buckets) {
      if (lowerBound >= value) return rank;
      if (bucket.upperBound > value) {
        // Nothing can be said about where in an endless bucket the observations lie.
        if (lowerBound === -Infinity) return bucket.count;
        return rank + ((bucket.count - rank) * (value - lowerBound)) / (bucket.upperBound - lowerBound);
      }
      rank = bucket.count;
      lowerBound = bucket.upperBound;
    }
    return count;
  };
  return (Math.min(rankOf(upper), count) - Math.min(rankOf(lower), count)) / count;
}

function coalesce(buckets: readonly Bucket[]): Bucket[] {
  const out: Bucket[] = [];
  for (const bucket of buckets) {
    const last = out.at(-1);
    if (last !== undefined && last.upperBound === bucket.upperBound) last.count += bucket.count;
    else out.push({ ...bucket });
  }
  return out;
}

/** Evens out decreases; tiny ones are rounding and not worth a word. */
function makeMonotonic(buckets: readonly Bucket[]): ForcedBuckets | undefined {
  let previous = buckets[0]?.count ?? 0;
  let forced: ForcedBuckets | undefined;
  for (const bucket of buckets.slice(1)) {
    const current = bucket.count;
    if (current === previous) continue;
    if (almostEqual(previous, current, SMALL_DELTA)) {
      bucket.count = previous;
    } else if (current < previous) {
      bucket.count = previous;
      forced = {
        minBucket: Math.min(forced?.minBucket ?? Infinity, bucket.upperBound),
        maxBucket: Math.max(forced?.maxBucket ?? -Infinity, bucket.upperBound),
        maxDiff: Math.max(forced?.maxDiff ?? 0, previous - current),
      };
    } else previous = current;
  }
  return forced;
}

const MIN_NORMAL = 2 ** -1022;

/** Whether two numbers differ by less than `epsilon` of their size; NaN equals NaN. Source: util/almost. */
export function almostEqual(a: number, b: number, epsilon: number): boolean {
  if (Number.isNaN(a) && Number.isNaN(b)) return true;
  if (a === b) return true;
  const size = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || size < MIN_NORMAL) return difference < epsilon * MIN_NORMAL;
  return difference / Math.min(size, Number.MAX_VALUE) < epsilon;
}
