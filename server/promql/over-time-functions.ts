import { equalHistograms } from '#server/histogram/equal-histograms.ts';
import { detectReset } from '#server/histogram/detect-reset.ts';
import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import { firstAfter } from './extended-rate.ts';
import { HistogramTotal } from './histogram-sums.ts';
import { KahanMean, KahanSum } from './kahan.ts';
import { quantileOf } from './quantile.ts';
import { floatCount, histogramCount, metricNameOf, type RangeFunction, type RangeWindow } from './range-window.ts';
import { isStartTimeReset } from './start-time-reset.ts';

/** The `…_over_time` family, resets and changes. Source: promql/functions.go. */
export const overTimeFunctions: Readonly<Record<string, RangeFunction>> = {
  sum_over_time: (window) => {
    if (histogramCount(window) > 0) return aggregateHistograms(window, new HistogramTotal('sum'));
    const sum = new KahanSum();
    for (let i = window.from; i < window.to; i++) sum.add(window.values[i] ?? NaN);
    return sum.total;
  },
  avg_over_time: (window) => {
    if (histogramCount(window) > 0) return aggregateHistograms(window, new HistogramTotal('mean'));
    const { values, from, to } = window;
    const mean = new KahanMean(values[from] ?? NaN);
    for (let i = from + 1; i < to; i++) mean.add(values[i] ?? NaN);
    return mean.value;
  },
  count_over_time: (window) => floatCount(window) + histogramCount(window),
  present_over_time: () => 1,
  absent_over_time: () => 1,
  first_over_time: (window) => {
    const { histograms, values, times, from } = window;
    const histogram = histogramCount(window) > 0 ? histograms?.values[histograms.from] : undefined;
    const older = floatCount(window) > 0 && (times[from] ?? 0) < (histograms?.times[histograms.from] ?? 0);
    return histogram === undefined || older ? values[from] : histogram;
  },
  last_over_time: (window) => {
    const { histograms, values, times, to } = window;
    const histogram = histogramCount(window) > 0 ? histograms?.values[histograms.to - 1] : undefined;
    const newer = floatCount(window) > 0 && (histograms?.times[histograms.to - 1] ?? 0) < (times[to - 1] ?? 0);
    return histogram === undefined || newer ? values[to - 1] : histogram;
  },
  max_over_time: ofFloats((window) => window.values[extreme(window, (value, best) => value > best)]),
  min_over_time: ofFloats((window) => window.values[extreme(window, (value, best) => value < best)]),
  ts_of_first_over_time: (window) => Math.min(timeAt(window, 'first'), timeAt(window.histograms, 'first')) / 1000,
  ts_of_last_over_time: (window) => Math.max(timeAt(window, 'last'), timeAt(window.histograms, 'last')) / 1000,
  ts_of_max_over_time: ofFloats((window) => (window.times[extreme(window, (value, best) => value >= best)] ?? NaN) / 1000),
  ts_of_min_over_time: ofFloats((window) => (window.times[extreme(window, (value, best) => value <= best)] ?? NaN) / 1000),
  stddev_over_time: ofFloats((window) => Math.sqrt(variance(window))),
  stdvar_over_time: ofFloats(variance),
  quantile_over_time: ofFloats((window, [q = NaN]) => {
    if (!(q >= 0 && q <= 1)) window.annotations.invalidQuantile(q, window.argSpan);
    return quantileOf(q, listValues(window));
  }),
  mad_over_time: ofFloats((window) => {
    const values = listValues(window);
    if (values.some(Number.isNaN)) return NaN;
    const median = quantileOf(0.5, values);
    return quantileOf(0.5, values.map((value) => Math.abs(value - median)));
  }),
  resets: (window) => countSteps(window, resetBetween),
  changes: (window) => countSteps(window, changeBetween),
};

/** A function of floats: says so when there are histograms among them, and gives nothing where there are no floats. */
function ofFloats(fn: RangeFunction): RangeFunction {
  return (window, args) => {
    if (floatCount(window) === 0) return undefined;
    if (histogramCount(window) > 0) window.annotations.ignoredInMixedRange(metricNameOf(window), window.argSpan);
    return fn(window, args);
  };
}

function aggregateHistograms(window: RangeWindow, total: HistogramTotal): FloatHistogram | undefined {
  const { histograms, annotations, argSpan } = window;
  if (histograms === undefined) return undefined;
  if (floatCount(window) > 0) {
    annotations.mixedFloatsHistograms(metricNameOf(window), argSpan);
    return undefined;
  }
  for (let i = histograms.from; i < histograms.to; i++) {
    const histogram = histograms.values[i];
    if (histogram === undefined || total.add(histogram)) continue;
    annotations.mixedExponentialCustom(metricNameOf(window), argSpan);
    return undefined;
  }
  const result = total.result();
  if (total.resetCollision) annotations.resetCollision('aggregation', argSpan);
  if (total.boundsReconciled) annotations.mismatchedBuckets('aggregation', argSpan);
  return result;
}

/** Unix ms; where there is no sample a time that does not matter (the reference takes 0 for the last, so times before 1970 come out as 0). */
function timeAt(window: RangeWindow | RangeWindow['histograms'], which: 'first' | 'last'): number {
  if (window === undefined || window.from >= window.to) return which === 'first' ? Infinity : 0;
  return window.times[which === 'first' ? window.from : window.to - 1] ?? NaN;
}

function listValues({ values, from, to }: RangeWindow): number[] {
  return Array.from(values.subarray(from, to));
}

/** The index of the sample that beats all before it; NaN is beaten by anything. */
function extreme({ values, from, to }: RangeWindow, beats: (value: number, best: number) => boolean): number {
  let best = from;
  for (let i = from; i < to; i++) {
    const current = values[best] ?? NaN;
    if (beats(values[i] ?? NaN, current) || Number.isNaN(current)) best = i;
  }
  return best;
}

function variance({ values, from, to }: RangeWindow): number {
  let count = 0;
  const mean = new KahanSum();
  const squares = new KahanSum();
  for (let i = from; i < to; i++) {
    const value = values[i] ?? NaN;
    count++;
    const delta = value - (mean.sum + mean.compensation);
    mean.add(delta / count);
    squares.add(delta * (value - (mean.sum + mean.compensation)));
  }
  return (squares.sum + squares.compensation) / count;
}

interface Sample {
  readonly time: number;
  readonly start: number;
  readonly value: number | FloatHistogram;
}

function resetBetween(before: Sample, after: Sample): boolean {
  if ((typeof before.value === 'number') !== (typeof after.value === 'number')) return true;
  if (isStartTimeReset(before.start, before.time, after.start, after.time)) return true;
  if (typeof before.value === 'number' || typeof after.value === 'number') return after.value < before.value;
  return detectReset(after.value, before.value);
}

function changeBetween({ value: before }: Sample, { value: after }: Sample): boolean {
  if (typeof before === 'number' && typeof after === 'number') return after !== before && !(Number.isNaN(after) && Number.isNaN(before));
  if (typeof before === 'number' || typeof after === 'number') return true;
  return !equalHistograms(after, before);
}

/** How often neighbours stand in a relation; an anchored window starts with the last sample up to its start. */
function countSteps(window: RangeWindow, counts: (before: Sample, after: Sample) => boolean): number | undefined {
  const starts = firstIndexes(window);
  if (starts === undefined) return undefined;
  const { histograms } = window;
  let [float, histogram] = starts;
  const histogramEnd = histograms?.to ?? 0;
  let total = 0;
  let before: Sample | undefined;
  while (float < window.to || histogram < histogramEnd) {
    const floatTime = float < window.to ? (window.times[float] ?? 0) : Infinity;
    const histogramTime = histogram < histogramEnd ? (histograms?.times[histogram] ?? 0) : Infinity;
    const after: Sample =
      floatTime <= histogramTime
        ? { time: floatTime, start: window.startTimes?.[float] ?? 0, value: window.values[float++] ?? NaN }
        : { time: histogramTime, start: histograms?.startTimes?.[histogram] ?? 0, value: histograms?.values[histogram++] ?? NaN };
    if (before !== undefined && counts(before, after)) total++;
    before = after;
  }
  return total;
}

/** Where an anchored window begins among the floats and among the histograms; undefined when nothing lies within it. */
function firstIndexes(window: RangeWindow): [float: number, histogram: number] | undefined {
  const { times, from, to, histograms, rangeStart } = window;
  if (window.extended !== 'anchored') return [from, histograms?.from ?? 0];
  const insideFloats = firstAfter(times, from, to, rangeStart);
  const insideHistograms = histograms === undefined ? 0 : firstAfter(histograms.times, histograms.from, histograms.to, rangeStart);
  if (insideFloats >= to && insideHistograms >= (histograms?.to ?? 0)) return undefined;
  const hasFloat = insideFloats > from;
  const hasHistogram = histograms !== undefined && insideHistograms > histograms.from;
  if (!hasFloat && !hasHistogram) return [insideFloats, insideHistograms];
  const floatIsAnchor = !hasHistogram || (hasFloat && (times[insideFloats - 1] ?? 0) >= (histograms.times[insideHistograms - 1] ?? 0));
  return floatIsAnchor ? [insideFloats - 1, insideHistograms] : [insideFloats, insideHistograms - 1];
}
