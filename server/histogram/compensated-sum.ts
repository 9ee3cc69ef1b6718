/**
 * One step of a Neumaier sum over parallel arrays: `values[at] += value`, what rounding loses goes to `lost[at]`. An infinite
 * sum has lost nothing. Source: Prometheus util/kahansum.
 */
export function addCompensated(values: number[], lost: number[], at: number, value: number): void {
  const before = values[at] ?? 0;
  const total = before + value;
  values[at] = total;
  lost[at] = lossOf(before, value, total, lost[at] ?? 0);
}

/** What is lost so far after `before + value` was rounded to `total`. */
export function lossOf(before: number, value: number, total: number, lost: number): number {
  if (total === Infinity || total === -Infinity) return 0;
  return Math.abs(before) >= Math.abs(value) ? lost + (before - total + value) : lost + (value - total + before);
}
