import { lowerBound } from '#server/timeseries/lower-bound.ts';
import type { RangeWindow, SampleWindow } from './range-window.ts';

/** Which samples of an `anchored` or `smoothed` window count: indexes into the arrays, both included. */
export interface ExtendedBounds {
  readonly first: number;
  readonly last: number;
}

/**
 * The last sample up to the window's start (or the first there is) and, for `smoothed`, the first from its end on.
 * Undefined when nothing lies within the window. Source: promql/functions.go extendedRate.
 */
export function extendedBounds({ times, from, to }: SampleWindow, { rangeStart, rangeEnd, extended }: RangeWindow): ExtendedBounds | undefined {
  if (to <= from) return undefined;
  const searchEnd = to - 1;
  const first = Math.max(from, firstAfter(times, from, searchEnd, rangeStart) - 1);
  const smoothed = extended === 'smoothed';
  const last = smoothed ? from + lowerBound(times.subarray(from, searchEnd), searchEnd - from, rangeEnd) : searchEnd;
  if ((times[last] ?? 0) <= rangeStart) return undefined;
  if (smoothed && (times[first] ?? 0) > rangeEnd) return undefined;
  return { first, last };
}

/** The change of floats over a window whose edges are anchored at, or interpolated between, the samples around them. */
export function extendedChange(window: RangeWindow, isCounter: boolean, isRate: boolean): number | undefined {
  const { times, values, rangeStart, rangeEnd } = window;
  const bounds = extendedBounds(window, window);
  if (bounds === undefined) return undefined;
  let { first, last } = bounds;
  const { left, right } = edgeValues(window, bounds, isCounter);
  let change = right - left;
  if (isCounter) {
    if ((times[first] ?? 0) <= rangeStart) first++;
    if ((times[last] ?? 0) >= rangeEnd) last--;
    // The corrections are summed up apart, as the reference does: the rounding is part of the result.
    let correction = 0;
    let previous = left;
    for (let i = first; i <= last; i++) {
      const current = values[i] ?? NaN;
      if (current < previous) correction += previous;
      previous = current;
    }
    if (right < previous) correction += previous;
    change += correction;
  }
  return isRate ? change / (window.rangeMs / 1000) : change;
}

/** The values at the edges of an extended window. */
export function edgeValues(window: RangeWindow, { first, last }: ExtendedBounds, isCounter: boolean): { readonly left: number; readonly right: number } {
  const { times, values, from, rangeStart, rangeEnd } = window;
  const smoothed = window.extended === 'smoothed';
  return {
    left: smoothed && (times[first] ?? 0) < rangeStart ? between(window, first, first + 1, rangeStart, isCounter) : (values[first] ?? NaN),
    right: smoothed && last > from && (times[last] ?? 0) > rangeEnd ? between(window, last - 1, last, rangeEnd, isCounter) : (values[last] ?? NaN),
  };
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
