import { divideHistogram, scaleHistogram } from '#server/histogram/arithmetic.ts';
import { compactHistogram } from '#server/histogram/compact-histogram.ts';
import { detectReset } from '#server/histogram/detect-reset.ts';
import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import { extendedBounds, type ExtendedBounds } from './extended-rate.ts';
import { addNoting, combineNoting, usesCustomBuckets } from './histogram-notes.ts';
import { metricNameOf, type HistogramWindow, type NoteSubject, type RangeWindow } from './range-window.ts';

/** rate, increase and delta of histograms in `anchored` and `smoothed` windows. Source: promql/functions.go extendedHistogramRate. */
export function extendedHistogramChange(window: RangeWindow, points: HistogramWindow, isCounter: boolean, isRate: boolean): FloatHistogram | undefined {
  const { annotations, argSpan } = window;
  const bounds = extendedBounds(points, window);
  if (bounds === undefined || !fitTogether(window, points, bounds, isCounter)) return undefined;
  const edges = edgesOf(window, points, bounds, isCounter);
  if (edges === undefined) return undefined;
  const { left, right } = edges;
  if (!isCounter && (left.counterResetHint !== 'gauge' || right.counterResetHint !== 'gauge')) annotations.notGauge(metricNameOf(window), argSpan);
  let change = combineNoting('subtraction', right, left, window);
  if (change === undefined) return undefined;
  if (isCounter) {
    const lost = lostAtResets(window, points, bounds, edges);
    if (lost === 'incompatible') return undefined;
    if (lost !== undefined) change = addNoting(change, lost, window);
    if (change === undefined) return undefined;
  }
  if (isRate) change = divideHistogram(change, window.rangeMs / 1000);
  return compactHistogram({ ...change, counterResetHint: 'gauge' }, 0);
}

/**
 * The histogram on the line between two; a counter that was reset starts from zero. Undefined, and noted, when they do
 * not fit together. Times in Unix ms. Source: promql/functions.go interpolateHistograms.
 */
export function interpolateHistograms(
  a: { readonly time: number; readonly histogram: FloatHistogram },
  b: { readonly time: number; readonly histogram: FloatHistogram },
  time: number,
  isCounter: boolean,
  window: NoteSubject,
): FloatHistogram | undefined {
  if (time === a.time) return a.histogram;
  if (time === b.time) return b.histogram;
  const fraction = (time - a.time) / (b.time - a.time);
  if (isCounter && detectReset(b.histogram, a.histogram)) return scaleHistogram(b.histogram, fraction);
  const difference = combineNoting('subtraction', b.histogram, a.histogram, window);
  return difference === undefined ? undefined : addNoting(scaleHistogram(difference, fraction), a.histogram, window);
}

interface Edges {
  readonly left: FloatHistogram;
  readonly right: FloatHistogram;
}

function edgesOf(window: RangeWindow, points: HistogramWindow, { first, last }: ExtendedBounds, isCounter: boolean): Edges | undefined {
  const { times, values, from } = points;
  const at = (i: number): { time: number; histogram: FloatHistogram } | undefined => {
    const histogram = values[i];
    return histogram === undefined ? undefined : { time: times[i] ?? 0, histogram };
  };
  const smoothed = window.extended === 'smoothed';
  const edge = (a: number, b: number, plain: number, interpolated: boolean, time: number): FloatHistogram | undefined => {
    const [before, after] = [at(a), at(b)];
    if (!interpolated || before === undefined || after === undefined) return values[plain];
    return interpolateHistograms(before, after, time, isCounter, window);
  };
  const left = edge(first, first + 1, first, smoothed && (times[first] ?? 0) < window.rangeStart, window.rangeStart);
  if (left === undefined) return undefined;
  const right = edge(last - 1, last, last, smoothed && last > from && (times[last] ?? 0) > window.rangeEnd, window.rangeEnd);
  return right === undefined ? undefined : { left, right };
}

function fitTogether(window: RangeWindow, { values }: HistogramWindow, { first, last }: ExtendedBounds, isCounter: boolean): boolean {
  let custom: boolean | undefined;
  for (const histogram of values.slice(first, last + 1)) {
    custom ??= usesCustomBuckets(histogram);
    if (usesCustomBuckets(histogram) !== custom) {
      window.annotations.mixedExponentialCustom(metricNameOf(window), window.argSpan);
      return false;
    }
    if (isCounter && histogram.counterResetHint === 'gauge') window.annotations.notCounter(metricNameOf(window), window.argSpan);
  }
  return true;
}

/**
 * What the counter had before each reset within the window, added up; undefined when there was none. The samples at both
 * ends are represented by the edges. Source: promql/functions.go correctForCounterResetsHistogram.
 */
function lostAtResets(window: RangeWindow, points: HistogramWindow, bounds: ExtendedBounds, { left, right }: Edges): FloatHistogram | 'incompatible' | undefined {
  const { times, values } = points;
  let first = bounds.first + 1;
  let previous = left;
  const before = values[bounds.first];
  const after = values[bounds.first + 1];
  if (window.extended === 'smoothed' && (times[bounds.first] ?? 0) < window.rangeStart && before !== undefined && after !== undefined && detectReset(after, before)) {
    // The interpolation at the left edge took this reset into account already.
    previous = after;
    first++;
  }
  const last = bounds.last - 1;
  if (first > last + 1) return undefined;
  let lost: FloatHistogram | undefined;
  for (const current of [...values.slice(first, last + 1), right]) {
    if (detectReset(current, previous)) {
      lost = lost === undefined ? previous : addNoting(lost, previous, window);
      if (lost === undefined) return 'incompatible';
    }
    previous = current;
  }
  return lost;
}
