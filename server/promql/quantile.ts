/**
 * The q-quantile of values, interpolated between the two nearest. NaN sorts first. No values or a NaN q give NaN, q < 0
 * gives -Inf, q > 1 gives +Inf. Source: promql/quantile.go `quantile`.
 */
export function quantileOf(q: number, values: readonly number[]): number {
  return quantileOfSorted(q, Float64Array.from(values).sort());
}

/** The same of values that a typed array sorted: rising, with NaN at the end. */
export function quantileOfSorted(q: number, sorted: Float64Array): number {
  const count = sorted.length;
  if (count === 0 || Number.isNaN(q)) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  let nans = 0;
  while (nans < count && Number.isNaN(sorted[count - 1 - nans])) nans++;
  const at = (rank: number): number => (rank < nans ? NaN : (sorted[rank - nans] ?? NaN));
  const rank = q * (count - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(count - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return at(lower) * (1 - weight) + at(upper) * weight;
}
