import type { IssueSink } from '../field-issue.ts';
import { parseDuration } from '../go-duration.ts';

/** What is wrong with a duration for Istio, or undefined: it is at least a millisecond, in whole ones. */
export function durationProblem(text: string): string | undefined {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined) return `${JSON.stringify(text)} is not a duration`;
  if (milliseconds < 1) return 'duration must be greater than 1ms';
  return Number.isInteger(milliseconds) ? undefined : 'only durations to ms precision are supported';
}

/** Reports a duration that Istio does not take; an absent one is fine. */
export function checkDuration(text: string | undefined, path: string, issues: IssueSink): void {
  const problem = text === undefined ? undefined : durationProblem(text);
  if (problem !== undefined) issues.error(path, problem, { expected: 'a duration of whole milliseconds, at least 1ms' });
}
