/** When a metrics query is about: Unix nanoseconds, both ends inclusive. */
export interface MetricsWindow {
  readonly fromUnixNano: bigint;
  readonly toUnixNano: bigint;
  readonly stepNano: bigint;
  /** Most spans given as examples, of all series together. */
  readonly exemplars: number;
}

/**
 * The times of the answer: whole multiples of the step, the first at or behind the start, the last at or behind the end.
 * Each stands for the step before it, (time - step, time], as in Tempo since 2.8. The step must be above 0.
 */
export function metricsTimes({ fromUnixNano, toUnixNano, stepNano }: MetricsWindow): { readonly first: bigint; readonly count: number } {
  const first = ceiling(fromUnixNano, stepNano) * stepNano;
  return { first, count: Math.max(0, Number(ceiling(toUnixNano, stepNano) - first / stepNano) + 1) };
}

function ceiling(value: bigint, by: bigint): bigint {
  return value / by + (value > 0n && value % by !== 0n ? 1n : 0n);
}
