/**
 * A regular expression for the `le` labels of some bucket bounds and +Inf, to stand in a quoted PromQL matcher. Whole
 * numbers are `250` in what a proxy exposes and in Prometheus up to version 2, `250.0` in Prometheus from version 3 on and in
 * this console's own store.
 */
export function bucketBoundPattern(bounds: readonly number[]): string {
  const spellings = bounds.map((bound) => `${String(bound).replaceAll(/[.+]/g, '\\\\$&')}${Number.isInteger(bound) ? '(\\\\.0)?' : ''}`);
  return [...spellings, '\\\\+Inf'].join('|');
}
