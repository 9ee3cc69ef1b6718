/**
 * How likely a difference between two samples came about by chance. Both tests make no assumption about how values are
 * spread: latencies are anything but normal.
 */
export interface RankTest {
  /** Two-sided, 0..1. */
  readonly p: number;
  /** Chance that a value of `b` is greater than one of `a`, ties halved: 0.5 is no difference. */
  readonly probabilityGreater: number;
}

/**
 * Mann–Whitney's U test, by the normal approximation with corrections for ties and continuity (good from about eight
 * values on each side; with fewer `p` is rough). An empty side gives 1. O(n log n).
 */
export function mannWhitney(a: ArrayLike<number>, b: ArrayLike<number>): RankTest {
  const n = a.length;
  const m = b.length;
  if (n === 0 || m === 0) return { p: 1, probabilityGreater: 0.5 };
  const sortedA = Float64Array.from(a).sort();
  const sortedB = Float64Array.from(b).sort();
  /** Pairs in which the value of b is greater, ties as a half. */
  let u = 0;
  let tieTerm = 0;
  let i = 0;
  for (let j = 0; j < m; ) {
    const value = sortedB[j] ?? 0;
    while (i < n && (sortedA[i] ?? 0) < value) i++;
    let equal = i;
    while (equal < n && sortedA[equal] === value) equal++;
    let same = j;
    while (same < m && sortedB[same] === value) same++;
    u += (same - j) * (i + (equal - i) / 2);
    j = same;
  }
  for (const run of runsOfEqual(sortedA, sortedB)) tieTerm += run ** 3 - run;
  const total = n + m;
  const variance = ((n * m) / 12) * (total + 1 - tieTerm / (total * (total - 1)));
  const distance = Math.max(0, Math.abs(u - (n * m) / 2) - 0.5);
  return { p: variance <= 0 ? 1 : Math.min(1, 2 * normalTail(distance / Math.sqrt(variance))), probabilityGreater: u / (n * m) };
}

/** Fisher's exact test of two shares, `hitsA` of `a` against `hitsB` of `b`: two-sided p, 0..1. O(hits). */
export function fisherExact(hitsA: number, a: number, hitsB: number, b: number): number {
  const hits = hitsA + hitsB;
  if (a === 0 || b === 0 || hits === 0 || hits === a + b) return 1;
  const logTotal = logChoose(a + b, hits);
  const logP = (k: number): number => logChoose(a, k) + logChoose(b, hits - k) - logTotal;
  const observed = logP(hitsA);
  let p = 0;
  // Rounding must not leave out the case that was observed.
  for (let k = Math.max(0, hits - b); k <= Math.min(a, hits); k++) if (logP(k) <= observed + 1e-7) p += Math.exp(logP(k));
  return Math.min(1, p);
}

/** Benjamini and Hochberg's correction for looking at many differences at once: of those whose result is at most q, a share q is chance. */
export function falseDiscoveryRates(pValues: readonly number[]): number[] {
  const order = [...pValues.keys()].sort((i, j) => (pValues[i] ?? 1) - (pValues[j] ?? 1));
  const rates: number[] = Array.from({ length: pValues.length }, () => 1);
  let least = 1;
  for (let rank = order.length; rank > 0; rank--) {
    const index = order[rank - 1] ?? 0;
    least = Math.min(least, ((pValues[index] ?? 1) * order.length) / rank);
    rates[index] = least;
  }
  return rates;
}

/** How many values are equal, for each value that both lists together have. */
function* runsOfEqual(a: Float64Array, b: Float64Array): Generator<number> {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const value = Math.min(a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY);
    const from = i + j;
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    // Not a number is equal to nothing.
    if (i + j === from) return;
    yield i + j - from;
  }
}

/** Chance that a standard normal value is greater than `z` ≥ 0: Numerical Recipes' erfc, relative error below 1.2e-7. */
function normalTail(z: number): number {
  const x = z / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  const series = [-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277];
  return (t * Math.exp(-x * x + series.reduceRight((sum, c) => sum * t + c, 0))) / 2;
}

const LOG_FACTORIALS: number[] = [0];
function logChoose(n: number, k: number): number {
  while (LOG_FACTORIALS.length <= n) LOG_FACTORIALS.push((LOG_FACTORIALS.at(-1) ?? 0) + Math.log(LOG_FACTORIALS.length));
  return (LOG_FACTORIALS[n] ?? 0) - (LOG_FACTORIALS[k] ?? 0) - (LOG_FACTORIALS[n - k] ?? 0);
}
