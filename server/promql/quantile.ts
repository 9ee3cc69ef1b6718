/**
 * The q-quantile of values, interpolated between the two nearest. NaN sorts first. No values or a NaN q give NaN, q < 0
 * gives -Inf, q > 1 gives +Inf. Sorts `values` in place. Source: promql/quantile.go `quantile`.
 */
export function quantileOf(q: number, values: number[]): number {
  if (values.length === 0 || Number.isNaN(q)) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  values.sort(ascendingNaNFirst);
  const rank = q * (values.length - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(values.length - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return (values[lower] ?? NaN) * (1 - weight) + (values[upper] ?? NaN) * weight;
}

function ascendingNaNFirst(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1;
  if (Number.isNaN(b)) return 1;
  return a - b || 0;
}
