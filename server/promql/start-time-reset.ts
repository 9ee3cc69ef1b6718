/**
 * Whether the start time of a counter's sample (Unix ms, 0 = unknown) says that it was reset since the sample before.
 * A start at the sample itself or later says nothing; one exactly at the sample before means a reset only when that
 * sample's own start is known (a delta series). Source: promql/functions.go isStartTimestampReset.
 */
export function isStartTimeReset(previousStart: number, previousTime: number, start: number, time: number): boolean {
  if (start === 0 || start >= time || start < previousTime) return false;
  if (start > previousTime) return true;
  return previousStart <= previousTime && previousStart !== 0 && previousStart !== previousTime;
}

/** Whether a sample claims to have begun counting before the sample before it, but not where that one began. */
export function startTimesOverlap(previousStart: number, previousTime: number, start: number): boolean {
  return start !== 0 && start < previousTime && start !== previousStart;
}
