import { parseDuration } from '#components/time/time-boundary.ts';
import { alignWindow, stepFor, type TimeWindow } from '#components/time/time-window.ts';
import type { PromRange } from '#components/api/prometheus.ts';

/** What Prometheus answers at most for one series. */
export const MAX_POINTS = 11_000;
const AUTO_POINTS = 240;

export interface StepChoice {
  readonly range: PromRange;
  /** The step is the page's own choice. */
  readonly auto: boolean;
  /** Why the step that was asked for cannot be; the range then has the page's own. */
  readonly problem?: string;
}

/** The range to ask for: with the step that is given (`15s`, `1m30s`), or at about 240 points. */
export function chooseStep(window: TimeWindow, given: string): StepChoice {
  const own = stepFor(window, { maxPoints: AUTO_POINTS });
  const wanted = given.trim();
  if (wanted === '') return { range: rangeOf(window, own), auto: true };
  const ms = parseDuration(wanted);
  if (ms === undefined) return { range: rangeOf(window, own), auto: true, problem: `“${wanted}” is not a duration; write it as 15s, 1m or 1h30m.` };
  const points = (window.toMs - window.fromMs) / ms;
  if (points > MAX_POINTS) {
    const least = Math.ceil((window.toMs - window.fromMs) / 1000 / MAX_POINTS);
    return { range: rangeOf(window, own), auto: true, problem: `A step of ${wanted} gives more than 11,000 points in this range; take ${least}s or more.` };
  }
  return { range: rangeOf(window, ms / 1000), auto: false };
}

function rangeOf(window: TimeWindow, step: number): PromRange {
  const { start, end } = alignWindow(window, step);
  return { from: start, to: end, step };
}
