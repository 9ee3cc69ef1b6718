/**
 * Buckets of numbers by powers of two, as Tempo has them: each is named by its upper bound, which is in it. Quantiles are
 * taken from buckets 16 times finer, so that they are within 2.2 % of the exact one (Tempo's are within a factor of 2).
 * Bucket indexes: 16 for each doubling; what is 0 or less is below all others.
 */
const FINENESS = 16;
/** The index of the bucket for 0 and less: no other number has one so low. */
export const LOWEST = -20_000;

/** A bound of a power of a root is in its bucket however its last bits were rounded. */
const ROUNDING = 1 + 4e-11;
/** What the mantissa of a number may be at most to be in step i of its doubling. */
const MANTISSAS = Float64Array.from({ length: FINENESS + 1 }, (_, i) => 2 ** (i / FINENESS) * ROUNDING);
/** The first step that a mantissa with these leading eight bits may be in. */
const FIRST_STEP = Uint8Array.from({ length: 256 }, (_, bits) => MANTISSAS.findIndex((bound) => 1 + bits / 256 <= bound));
const number = new Float64Array(1);
const halves = new Uint32Array(number.buffer);
const HIGH = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;
/** The least number that has all bits of its mantissa. */
const NORMAL = 2 ** -1022;

/** The bucket of a number: a multiple of 16 when it is not `fine`. Reads exponent and mantissa, so no logarithm is rounded. */
export function bucketOf(value: number, fine: boolean): number {
  if (!(value > 0)) return LOWEST;
  if (value < NORMAL) return -1022 * FINENESS;
  if (value === Number.POSITIVE_INFINITY) return 1024 * FINENESS;
  number[0] = value;
  const high = halves[HIGH] ?? 0;
  const doubling = (high >>> 20) - 1023;
  halves[HIGH] = (high & 0xf_ffff) | 0x3ff0_0000;
  const mantissa = number[0];
  if (!fine) return (mantissa === 1 ? doubling : doubling + 1) * FINENESS;
  let step = FIRST_STEP[(high >>> 12) & 0xff] ?? 0;
  while (mantissa > (MANTISSAS[step] ?? Infinity)) step += 1;
  return doubling * FINENESS + step;
}

/** Upper bound of a bucket, inclusive; 0 for the lowest. */
export function boundOf(bucket: number): number {
  return bucket === LOWEST ? 0 : 2 ** (bucket / FINENESS);
}

/**
 * The quantile (0..1) of what was counted into fine buckets, ascending: the value of the rank ceil(q · n), taking the values
 * of a bucket as evenly spread on a logarithmic scale. Undefined when nothing was counted.
 */
export function quantileOf(quantile: number, counts: readonly (readonly [bucket: number, count: number])[]): number | undefined {
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return undefined;
  let rank = Math.max(1, Math.ceil(quantile * total));
  for (const [bucket, count] of counts) {
    if (rank <= count) return bucket === LOWEST ? 0 : 2 ** ((bucket - 1 + rank / count) / FINENESS);
    rank -= count;
  }
  return undefined;
}
