/** 2^56: thresholds are numbers of 56 bits. */
const RANGE = 2 ** 56;

/**
 * How many spans this one stands for, by the sampling threshold in its W3C trace state: `ot=th:c` was kept with a chance
 * of 1 in 4 (OpenTelemetry specification, trace/tracestate-probability-sampling). 1 when none is given or it is not
 * a threshold.
 */
export function samplingWeight(traceState: string | undefined): number {
  if (traceState === undefined) return 1;
  const member = /(?:^|,)\s*ot=([^,]*)/.exec(traceState)?.[1];
  const threshold = member === undefined ? undefined : /(?:^|;)th:([0-9a-f]{1,14})(?:;|$)/.exec(member)?.[1];
  if (threshold === undefined) return 1;
  return RANGE / (RANGE - Number.parseInt(threshold.padEnd(14, '0'), 16));
}
