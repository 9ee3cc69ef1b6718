/** When a metrics query is about: Unix nanoseconds, both ends inclusive. */
export interface MetricsWindow {
  readonly fromUnixNano: bigint;
  readonly toUnixNano: bigint;
  readonly stepNano: bigint;
  /** Most spans given as examples, of all series together. */
  readonly exemplars: number;
}

/** Some times one after another: the first is `firstStep` steps after 1970. */
export interface StepRange {
  readonly firstStep: bigint;
  readonly count: number;
}

/** The number of the time whose step a moment is in: each time stands for (time - step, time], as in Tempo since 2.8. The step must be above 0. */
export function stepOf(unixNano: bigint, stepNano: bigint): bigint {
  return unixNano / stepNano + (unixNano > 0n && unixNano % stepNano !== 0n ? 1n : 0n);
}

/** The times of an answer: whole multiples of the step, the first at or behind the start, the last at or behind the end. */
export function metricsSteps({ fromUnixNano, toUnixNano, stepNano }: Pick<MetricsWindow, 'fromUnixNano' | 'toUnixNano' | 'stepNano'>): StepRange {
  const firstStep = stepOf(fromUnixNano, stepNano);
  return { firstStep, count: Math.max(0, Number(stepOf(toUnixNano, stepNano) - firstStep) + 1) };
}
