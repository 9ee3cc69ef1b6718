import { divideHistogram } from '#server/histogram/arithmetic.ts';
import { compactHistogram } from '#server/histogram/compact-histogram.ts';
import { detectReset } from '#server/histogram/detect-reset.ts';
import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import { combineNoting } from './histogram-notes.ts';
import { histogramCount, metricNameOf, type RangeWindow, type SampleWindow } from './range-window.ts';
import { isStartTimeReset } from './start-time-reset.ts';

interface Point {
  readonly time: number;
  readonly start: number;
  readonly value: number | FloatHistogram;
}

/** irate (`isRate`) and idelta: from the last two samples of the window. Source: promql/functions.go instantValue. */
export function instantChange(window: RangeWindow, isRate: boolean): number | FloatHistogram | undefined {
  const [before, last] = lastTwo(window);
  if (before === undefined || last === undefined || last.time === before.time) return undefined;
  const seconds = (last.time - before.time) / 1000;
  const reset = isRate && isStartTimeReset(before.start, before.time, last.start, last.time);
  if (typeof last.value === 'number' && typeof before.value === 'number') {
    const change = reset || (isRate && last.value < before.value) ? last.value : last.value - before.value;
    return isRate ? change / seconds : change;
  }
  if (typeof last.value === 'number' || typeof before.value === 'number') {
    window.annotations.mixedFloatsHistograms(metricNameOf(window), window.argSpan);
    return undefined;
  }
  const change = histogramChange(window, before.value, last.value, isRate, reset);
  return change === undefined || !isRate ? change : divideHistogram(change, seconds);
}

function histogramChange(window: RangeWindow, before: FloatHistogram, last: FloatHistogram, isRate: boolean, reset: boolean): FloatHistogram | undefined {
  const hints = [before.counterResetHint, last.counterResetHint];
  if (isRate && hints.includes('gauge')) window.annotations.notCounter(metricNameOf(window), window.argSpan);
  if (!isRate && hints.some((hint) => hint !== 'gauge')) window.annotations.notGauge(metricNameOf(window), window.argSpan);
  const change = reset || (isRate && detectReset(last, before)) ? last : combineNoting('subtraction', last, before, window);
  return change === undefined ? undefined : compactHistogram({ ...change, counterResetHint: 'gauge' }, 0);
}

/** The two newest samples of either kind, in time order; at equal times a histogram takes the place of what came before. */
function lastTwo(window: RangeWindow): Point[] {
  const points: Point[] = [];
  const pointAt = ({ times, startTimes }: SampleWindow, i: number, value: number | FloatHistogram | undefined): Point => ({ time: times[i] ?? 0, start: startTimes?.[i] ?? 0, value: value ?? NaN });
  for (let i = Math.max(window.from, window.to - 2); i < window.to; i++) points.push(pointAt(window, i, window.values[i]));
  const { histograms } = window;
  if (histograms === undefined || histogramCount(window) === 0) return points;
  for (let i = Math.max(histograms.from, histograms.to - 2); i < histograms.to; i++) {
    const point = pointAt(histograms, i, histograms.values[i]);
    const [first, second] = points;
    if (first === undefined || (second === undefined && point.time >= first.time)) points.push(point);
    else if (second === undefined) points.unshift(point);
    else if (point.time > second.time) points.splice(0, 2, second, point);
    else if (point.time >= first.time) points[0] = point;
  }
  return points;
}
