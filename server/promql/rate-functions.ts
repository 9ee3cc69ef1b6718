import { lowerBound } from '#server/timeseries/lower-bound.ts';
import type { RangeFunction, RangeWindow } from './range-window.ts';

/** rate, increase and delta with extrapolation, irate and idelta. Source: promql/functions.go. */
export const rateFunctions: Readonly<Record<string, RangeFunction>> = {
  rate: (window) => extrapolated(window, true, true),
  increase: (window) => extrapolated(window, true, false),
  delta: (window) => extrapolated(window, false, false),
  irate: (window) => lastTwo(window, true),
  idelta: (window) => lastTwo(window, false),
};

/**
 * The change over the window, extended to its edges when samples come close to them (within 110 % of their average
 * distance), else by half that distance, and for counters never below zero.
 */
function extrapolated(window: RangeWindow, isCounter: boolean, isRate: boolean): number | undefined {
  if (window.extended !== undefined) return extendedChange(window, isCounter, isRate);
  const { times, values, from, to } = window;
  const count = to - from;
  if (count < 2) return undefined;
  const first = values[from] ?? NaN;
  const firstTime = times[from] ?? 0;
  const lastTime = times[to - 1] ?? 0;
  let change = (values[to - 1] ?? NaN) - first;
  if (isCounter) {
    let previous = first;
    for (let i = from + 1; i < to; i++) {
      const current = values[i] ?? NaN;
      if (current < previous) change += previous;
      previous = current;
    }
  }
  let toStart = (firstTime - window.rangeStart) / 1000;
  let toEnd = (window.rangeEnd - lastTime) / 1000;
  const sampled = (lastTime - firstTime) / 1000;
  const average = sampled / (count - 1);
  const threshold = average * 1.1;
  if (toStart >= threshold) toStart = average / 2;
  if (isCounter) {
    // A counter cannot have been below zero: where its line meets zero is the earliest it can have started.
    const toZero = change > 0 && first >= 0 ? sampled * (first / change) : toStart;
    if (toZero < toStart) toStart = toZero;
  }
  if (toEnd >= threshold) toEnd = average / 2;
  let factor = sampled === 0 ? 1 : (sampled + toStart + toEnd) / sampled;
  if (isRate) factor /= window.rangeMs / 1000;
  return change * factor;
}

function lastTwo({ times, values, from, to }: RangeWindow, isRate: boolean): number | undefined {
  if (to - from < 2) return undefined;
  const interval = (times[to - 1] ?? 0) - (times[to - 2] ?? 0);
  if (interval === 0) return undefined;
  const before = values[to - 2] ?? NaN;
  const last = values[to - 1] ?? NaN;
  const change = isRate && last < before ? last : last - before;
  return isRate ? change / (interval / 1000) : change;
}

/** The change of `anchored` (last sample before the window as its start) and `smoothed` (interpolated edges) ranges. */
function extendedChange(window: RangeWindow, isCounter: boolean, isRate: boolean): number | undefined {
  const { times, values, from, to, rangeStart, rangeEnd } = window;
  if (to <= from) return undefined;
  const smoothed = window.extended === 'smoothed';
  const searchEnd = to - 1;
  let first = Math.max(from, firstAfter(times, from, searchEnd, rangeStart) - 1);
  let last = smoothed ? from + lowerBound(times.subarray(from, searchEnd), searchEnd - from, rangeEnd) : searchEnd;
  if ((times[last] ?? 0) <= rangeStart) return undefined;
  if (smoothed && (times[first] ?? 0) > rangeEnd) return undefined;
  const left = smoothed && (times[first] ?? 0) < rangeStart ? between(window, first, first + 1, rangeStart, isCounter) : (values[first] ?? NaN);
  const right = smoothed && last > from && (times[last] ?? 0) > rangeEnd ? between(window, last - 1, last, rangeEnd, isCounter) : (values[last] ?? NaN);
  let change = right - left;
  if (isCounter) {
    if ((times[first] ?? 0) <= rangeStart) first++;
    if ((times[last] ?? 0) >= rangeEnd) last--;
    let previous = left;
    for (let i = first; i <= last; i++) {
      const current = values[i] ?? NaN;
      if (current < previous) change += previous;
      previous = current;
    }
    if (right < previous) change += previous;
  }
  return isRate ? change / (window.rangeMs / 1000) : change;
}

/** The first index from `from` on, below `end`, whose time is after `time`; `end` when there is none. */
export function firstAfter(times: Float64Array, from: number, end: number, time: number): number {
  return from + lowerBound(times.subarray(from, end), end - from, time + 0.5);
}

/** The value on the line between two samples; a counter that was reset starts from zero. */
function between({ times, values }: RangeWindow, a: number, b: number, time: number, isCounter: boolean): number {
  const y2 = values[b] ?? NaN;
  const y1 = isCounter && y2 < (values[a] ?? NaN) ? 0 : (values[a] ?? NaN);
  return y1 + ((y2 - y1) * (time - (times[a] ?? 0))) / ((times[b] ?? 0) - (times[a] ?? 0));
}
