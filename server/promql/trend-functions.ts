import { executionError } from './eval-context.ts';
import { KahanSum } from './kahan.ts';
import { floatCount, histogramCount, metricNameOf, type RangeFunction, type RangeWindow } from './range-window.ts';

/** Regression and smoothing over a window. Source: promql/functions.go. */
export const trendFunctions: Readonly<Record<string, RangeFunction>> = {
  deriv: (window) => (hasTwoFloats(window) ? regression(window, window.times[window.from] ?? 0).slope : undefined),
  predict_linear: (window, [seconds = NaN]) => {
    if (!hasTwoFloats(window)) return undefined;
    const { slope, intercept } = regression(window, window.time);
    return slope * seconds + intercept;
  },
  double_exponential_smoothing: doubleExponentialSmoothing,
};

/** Whether there are floats enough; says so when there are histograms among them. */
function hasTwoFloats(window: RangeWindow): boolean {
  if (floatCount(window) > 0 && histogramCount(window) > 0) window.annotations.ignoredInMixedRange(metricNameOf(window), window.argSpan);
  return floatCount(window) >= 2;
}

/** Least squares through the samples; the intercept is the value at `atTime`. */
function regression({ times, values, from, to }: RangeWindow, atTime: number): { slope: number; intercept: number } {
  const first = values[from] ?? NaN;
  const n = to - from;
  const sumX = new KahanSum();
  const sumY = new KahanSum();
  const sumXY = new KahanSum();
  const sumXX = new KahanSum();
  let constant = true;
  for (let i = from; i < to; i++) {
    const y = values[i] ?? NaN;
    if (i > from && y !== first) constant = false;
    const x = ((times[i] ?? 0) - atTime) / 1000;
    sumX.add(x);
    sumY.add(y);
    sumXY.add(x * y);
    sumXX.add(x * x);
  }
  if (constant) return Math.abs(first) === Infinity ? { slope: NaN, intercept: NaN } : { slope: 0, intercept: first };
  const x = sumX.sum + sumX.compensation;
  const y = sumY.sum + sumY.compensation;
  const covariance = sumXY.sum + sumXY.compensation - (x * y) / n;
  const variance = sumXX.sum + sumXX.compensation - (x * x) / n;
  const slope = covariance / variance;
  return { slope, intercept: y / n - (slope * x) / n };
}

function doubleExponentialSmoothing(window: RangeWindow, [smoothing = NaN, trend = NaN]: readonly number[]): number | undefined {
  if (smoothing <= 0 || smoothing >= 1) throw executionError(`invalid smoothing factor. Expected: 0 < sf < 1, got: ${smoothing.toFixed(6)}`);
  if (trend <= 0 || trend >= 1) throw executionError(`invalid trend factor. Expected: 0 < tf < 1, got: ${trend.toFixed(6)}`);
  if (!hasTwoFloats(window)) return undefined;
  const { values, from, to } = window;
  let before = 0;
  let level = values[from] ?? NaN;
  let slope = (values[from + 1] ?? NaN) - level;
  for (let i = from + 1; i < to; i++) {
    if (i > from + 1) slope = trend * (level - before) + (1 - trend) * slope;
    const next = smoothing * (values[i] ?? NaN) + (1 - smoothing) * (level + slope);
    before = level;
    level = next;
  }
  return level;
}
