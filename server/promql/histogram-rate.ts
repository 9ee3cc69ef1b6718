import { compactHistogram } from '#server/histogram/compact-histogram.ts';
import { detectReset } from '#server/histogram/detect-reset.ts';
import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import { scaleHistogram } from '#server/histogram/arithmetic.ts';
import { toSchema } from '#server/histogram/reduce-resolution.ts';
import { extendedHistogramChange } from './extended-histogram-rate.ts';
import { extrapolationFactor } from './extrapolation.ts';
import { addNoting, combineNoting, usesCustomBuckets } from './histogram-notes.ts';
import { metricNameOf, type HistogramWindow, type RangeWindow } from './range-window.ts';
import { isStartTimeReset, startTimesOverlap } from './start-time-reset.ts';

/** rate, increase and delta of native histograms. The window holds at least one. Source: promql/functions.go extrapolatedRate. */
export function histogramRate(window: RangeWindow, isCounter: boolean, isRate: boolean): FloatHistogram | undefined {
  const { histograms: points } = window;
  if (points === undefined) return undefined;
  if (window.extended !== undefined) return extendedHistogramChange(window, points, isCounter, isRate);
  const { values, times, startTimes, from, to } = points;
  const first = values[from];
  if (first === undefined) return undefined;
  const intervals = to - from - 1;
  let increase = intervals > 0 ? increaseOf(window, points, isCounter) : undefined;
  if (intervals > 0 && increase === undefined) return undefined;

  const firstTime = times[from] ?? 0;
  const start = isCounter ? (startTimes?.[from] ?? 0) : 0;
  const fromStart = start !== 0 && start > window.rangeStart && start < firstTime;
  let shareOfZero = NaN;
  if (fromStart) {
    increase = increase === undefined ? first : addNoting(increase, first, window);
  } else if (increase !== undefined && isCounter && increase.count > 0 && first.count >= 0) shareOfZero = first.count / increase.count;
  if (increase === undefined) return undefined;
  const rangeStart = fromStart ? firstTime : window.rangeStart;
  const factor = extrapolationFactor(rangeStart, window.rangeEnd, fromStart ? start : firstTime, times[to - 1] ?? 0, firstTime, intervals, shareOfZero);
  return scaleHistogram(increase, isRate ? factor / (window.rangeMs / 1000) : factor);
}

/** The last histogram less the first, with what was lost at resets; a gauge. Undefined, and noted, when they do not fit together. */
function increaseOf(window: RangeWindow, points: HistogramWindow, isCounter: boolean): FloatHistogram | undefined {
  const { annotations, argSpan } = window;
  const { values, from, to } = points;
  const first = values[from];
  const second = values[from + 1];
  const last = values[to - 1];
  if (first === undefined || second === undefined || last === undefined) return undefined;
  let gauge = isCounter && (first.counterResetHint === 'gauge' || last.counterResetHint === 'gauge');
  const noteGauge = (): void => {
    if (gauge) annotations.notCounter(metricNameOf(window), argSpan);
  };

  let previous = first;
  // After a reset the layout of the first sample does not matter: it is not looked at.
  if (isCounter && isReset(points, from + 1, second, first)) previous = emptyLike(second);
  const custom = usesCustomBuckets(previous);
  const incompatible = (): undefined => {
    annotations.mixedExponentialCustom(metricNameOf(window), argSpan);
    return undefined;
  };
  if (usesCustomBuckets(last) !== custom) {
    noteGauge();
    return incompatible();
  }
  let schema = Math.min(last.schema, previous.schema);
  for (let i = from + 1; isCounter && i < to - 1; i++) {
    const current = values[i];
    if (current === undefined) continue;
    gauge ||= current.counterResetHint === 'gauge';
    schema = Math.min(schema, current.schema);
    if (usesCustomBuckets(current) !== custom) return incompatible();
  }

  let increase = combineNoting('subtraction', toSchema(last, schema), previous, window);
  if (isCounter) {
    noteOverlap(window, points);
    for (let i = from + 1; i < to && increase !== undefined; i++) {
      const current = values[i];
      if (current === undefined) continue;
      if (isReset(points, i, current, previous)) increase = addNoting(increase, previous, window);
      previous = current;
    }
  } else if (first.counterResetHint !== 'gauge' || last.counterResetHint !== 'gauge') annotations.notGauge(metricNameOf(window), argSpan);
  // Histograms that do not fit together are told alone.
  if (increase === undefined) return undefined;
  noteGauge();
  return compactHistogram({ ...increase, counterResetHint: 'gauge' }, 0);
}

/** Whether the counter was reset right before sample `i`; `previous` is what it is compared with. */
function isReset({ times, startTimes }: HistogramWindow, i: number, current: FloatHistogram, previous: FloatHistogram): boolean {
  if (startTimes !== undefined && isStartTimeReset(startTimes[i - 1] ?? 0, times[i - 1] ?? 0, startTimes[i] ?? 0, times[i] ?? 0)) return true;
  return detectReset(current, previous);
}

function noteOverlap(window: RangeWindow, { times, startTimes, from, to }: HistogramWindow): void {
  for (let i = from + 1; startTimes !== undefined && i < to; i++) {
    if (!startTimesOverlap(startTimes[i - 1] ?? 0, times[i - 1] ?? 0, startTimes[i] ?? 0)) continue;
    window.annotations.startTimeOverlap(metricNameOf(window), window.argSpan);
    return;
  }
}

function emptyLike({ schema, customValues }: FloatHistogram): FloatHistogram {
  return {
    counterResetHint: 'unknown', schema, customValues, zeroThreshold: 0, zeroCount: 0, count: 0, sum: 0,
    positiveSpans: [], negativeSpans: [], positiveBuckets: [], negativeBuckets: [],
  };
}
