import { extendedChange } from './extended-rate.ts';
import { histogramRate } from './histogram-rate.ts';
import { instantChange } from './instant-rate.ts';
import { extrapolationFactor } from './extrapolation.ts';
import { addDrops } from './rate-over-steps.ts';
import { metricNameOf, histogramCount, type RangeFunction, type RangeWindow } from './range-window.ts';
import { isStartTimeReset, startTimesOverlap } from './start-time-reset.ts';
import type { FloatHistogram } from '#server/histogram/float-histogram.ts';

/** rate, increase and delta with extrapolation, irate and idelta. Source: promql/functions.go. */
export const rateFunctions: Readonly<Record<string, RangeFunction>> = {
  rate: (window) => change(window, true, true),
  increase: (window) => change(window, true, false),
  delta: (window) => change(window, false, false),
  irate: (window) => instantChange(window, true),
  idelta: (window) => instantChange(window, false),
};

function change(window: RangeWindow, isCounter: boolean, isRate: boolean): number | FloatHistogram | undefined {
  const floats = window.to - window.from;
  if (histogramCount(window) > 0) {
    if (floats > 0) {
      window.annotations.mixedFloatsHistograms(metricNameOf(window), window.argSpan);
      return undefined;
    }
    return histogramRate(window, isCounter, isRate);
  }
  if (window.extended !== undefined) return extendedChange(window, isCounter, isRate);
  return floats === 0 ? undefined : extrapolated(window, isCounter, isRate);
}

/** The change between the first and the last float of the window, resets added, extended to the window's edges. */
function extrapolated(window: RangeWindow, isCounter: boolean, isRate: boolean): number | undefined {
  const { times, values, from, to } = window;
  const intervals = to - from - 1;
  const first = values[from] ?? NaN;
  let increase = (values[to - 1] ?? NaN) - first;
  if (isCounter) {
    if (window.startTimes !== undefined) increase = addResetsByStart(window, window.startTimes, increase);
    else increase = addDrops(values, from, to, increase);
  }
  const firstTime = times[from] ?? 0;
  const start = isCounter ? (window.startTimes?.[from] ?? 0) : 0;
  const fromStart = start !== 0 && start > window.rangeStart && start < firstTime;
  if (!fromStart && intervals === 0) return undefined;
  const shareOfZero = isCounter && increase > 0 && first >= 0 ? first / increase : NaN;
  const last = times[to - 1] ?? 0;
  const factor = fromStart
    ? extrapolationFactor(firstTime, window.rangeEnd, start, last, firstTime, intervals, NaN)
    : extrapolationFactor(window.rangeStart, window.rangeEnd, firstTime, last, firstTime, intervals, shareOfZero);
  return (fromStart ? increase + first : increase) * (isRate ? factor / (window.rangeMs / 1000) : factor);
}

/** What the counter had before each of its resets, added, where the samples tell when their counter began. */
function addResetsByStart(window: RangeWindow, starts: Float64Array, increase: number): number {
  const { times, values, from, to } = window;
  let sum = increase;
  let overlap = false;
  for (let i = from + 1; i < to; i++) {
    const previous = values[i - 1] ?? NaN;
    const previousStart = starts[i - 1] ?? 0;
    const previousTime = times[i - 1] ?? 0;
    const start = starts[i] ?? 0;
    overlap ||= startTimesOverlap(previousStart, previousTime, start);
    if ((values[i] ?? NaN) < previous || isStartTimeReset(previousStart, previousTime, start, times[i] ?? 0)) sum += previous;
  }
  if (overlap) window.annotations.startTimeOverlap(metricNameOf(window), window.argSpan);
  return sum;
}
