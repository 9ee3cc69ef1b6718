import type { MatrixSelector, Subquery } from './ast.ts';
import { executionError, type EvalContext } from './eval-context.ts';
import { evalRangeVector, type RangeSeries } from './eval-range-vector.ts';
import { evaluate } from './evaluate.ts';
import { edgeValues, extendedBounds } from './extended-rate.ts';
import type { HistogramPair, MatrixElement, SamplePair } from './metrics-backend.ts';
import { histogramSize } from './sample-count.ts';
import type { RangeWindow } from './range-window.ts';

/** The series that a range vector gives at one step, as an instant query for it answers. Source: promql/engine.go matrixSelector. */
export function rangeVectorElements(expr: MatrixSelector | Subquery, context: EvalContext): (MatrixElement & { readonly dropName: boolean })[] {
  const { scope } = context;
  const range = evalRangeVector(expr, context, evaluate, false);
  const rangeEnd = range.endAt(0);
  const rangeStart = rangeEnd - range.rangeMs;
  const out: (MatrixElement & { dropName: boolean })[] = [];
  for (const series of range.series) {
    scope.checkpoint();
    const { labels: metric, dropName, histograms } = series;
    if (range.extended !== undefined && histograms !== undefined) throw executionError(`${range.extended} modifier is not supported with histograms`);
    const values = range.extended === undefined ? pairs(series.times, series.values, rangeStart, rangeEnd) : extendedPairs(series, range.extended, rangeStart, rangeEnd, context);
    const found: HistogramPair[] = histograms === undefined ? [] : pairs(histograms.times, histograms.values, rangeStart, rangeEnd);
    scope.budget.take(values.length + found.reduce((sum, [, histogram]) => sum + histogramSize(histogram), 0));
    if (values.length > 0 || found.length > 0) out.push(found.length === 0 ? { metric, dropName, values } : { metric, dropName, values, histograms: found });
  }
  return out;
}

function pairs<T>(times: Float64Array, values: ArrayLike<T>, start: number, end: number): (readonly [number, T])[] {
  const out: (readonly [number, T])[] = [];
  for (let i = 0; i < values.length; i++) {
    const time = times[i] ?? 0;
    const value = values[i];
    if (value !== undefined && time > start && time <= end) out.push([time / 1000, value]);
  }
  return out;
}

/** The samples within the range and the values at its edges. Source: promql/engine.go extendFloats. */
function extendedPairs(series: RangeSeries, extended: 'anchored' | 'smoothed', rangeStart: number, rangeEnd: number, { scope }: EvalContext): SamplePair[] {
  const { times, values, labels } = series;
  const window: RangeWindow = {
    times, values, startTimes: undefined, from: 0, to: values.length, histograms: undefined, rangeStart, rangeEnd, time: rangeEnd,
    rangeMs: rangeEnd - rangeStart, extended, labels, annotations: scope.annotations, argSpan: { start: 0, end: 0 },
  };
  const bounds = extendedBounds(window, window);
  if (bounds === undefined) return [];
  const { left, right } = edgeValues(window, bounds, false);
  const first = (times[bounds.first] ?? 0) <= rangeStart ? bounds.first + 1 : bounds.first;
  const last = (times[bounds.last] ?? 0) >= rangeEnd ? bounds.last - 1 : bounds.last;
  const out: SamplePair[] = [[rangeStart / 1000, left]];
  for (let i = first; i <= last; i++) out.push([(times[i] ?? 0) / 1000, values[i] ?? NaN]);
  out.push([rangeEnd / 1000, right]);
  return out;
}
