import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import { lowerBound } from '#server/timeseries/lower-bound.ts';
import { labelValue, METRIC_NAME } from '#server/timeseries/labels.ts';
import type { SeriesSamples } from '#server/timeseries/storage.ts';
import type { VectorSelector } from './ast.ts';
import type { EvalContext } from './eval-context.ts';
import { interpolateHistograms } from './extended-histogram-rate.ts';
import { usesCustomBuckets } from './histogram-notes.ts';
import { toColumns, type FloatColumn, type HistogramColumn } from './sample-columns.ts';
import type { StepMatrix } from './step-matrix.ts';

/**
 * Fills a row with what lies on the line between the samples around each step; the last known value is carried on. Only
 * samples within the lookback on either side count. Tells how many cells it filled. Source: promql/engine.go smoothSeries.
 */
export function fillSmoothed(series: SeriesSamples, out: StepMatrix, row: number, selector: VectorSelector, { scope }: EvalContext, referenceAt: (step: number) => number): number {
  const columns = toColumns(series, false);
  const { histograms } = columns;
  const notes = { annotations: scope.annotations, argSpan: selector.span, labels: series.labels };
  const name = labelValue(series.labels, METRIC_NAME);
  let found = 0;
  for (let step = 0; step < out.steps; step++) {
    const reference = referenceAt(step);
    const floats = around(columns, reference, scope.lookback);
    const points = histograms && around(histograms, reference, scope.lookback);
    if (floats.any && points?.any === true) {
      scope.annotations.mixedFloatsHistograms(name, selector.span);
      continue;
    }
    const value = points?.any === true && histograms !== undefined ? smoothHistograms(histograms, points, reference, notes) : floats.any ? smoothFloats(columns, floats, reference) : undefined;
    if (value === undefined) continue;
    out.put(row, step, value);
    found++;
  }
  return found;
}

/** The samples next to a time: `before` is earlier, `after` at it or later; undefined when out of reach. */
interface Neighbours {
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly any: boolean;
}

function around({ times }: FloatColumn | HistogramColumn, reference: number, lookback: number): Neighbours {
  const at = lowerBound(times, times.length, reference);
  const before = (times[at - 1] ?? -Infinity) > reference - lookback ? at - 1 : undefined;
  const after = (times[at] ?? Infinity) <= reference + lookback ? at : undefined;
  return { before, after, any: before !== undefined || after !== undefined };
}

function smoothFloats({ times, values }: FloatColumn, { before, after }: Neighbours, reference: number): number | undefined {
  if (after !== undefined && times[after] === reference) return values[after];
  if (before === undefined) return undefined;
  const y1 = values[before] ?? NaN;
  if (after === undefined) return y1;
  const t1 = times[before] ?? 0;
  return y1 + (((values[after] ?? NaN) - y1) * (reference - t1)) / ((times[after] ?? 0) - t1);
}

function smoothHistograms({ times, values }: HistogramColumn, { before, after }: Neighbours, reference: number, notes: Parameters<typeof interpolateHistograms>[4]): FloatHistogram | undefined {
  const next = after === undefined ? undefined : values[after];
  if (after !== undefined && times[after] === reference) return next;
  const previous = before === undefined ? undefined : values[before];
  if (before === undefined || previous === undefined) return undefined;
  // A hint tells of a sample and the one before it, not of the value: it is not carried on.
  if (after === undefined || next === undefined) return { ...previous, counterResetHint: 'unknown' };
  if (usesCustomBuckets(previous) !== usesCustomBuckets(next)) {
    notes.annotations.mixedExponentialCustom(labelValue(notes.labels, METRIC_NAME), notes.argSpan);
    return undefined;
  }
  const isCounter = previous.counterResetHint !== 'gauge' || next.counterResetHint !== 'gauge';
  return interpolateHistograms({ time: times[before] ?? 0, histogram: previous }, { time: times[after] ?? 0, histogram: next }, reference, isCounter, notes);
}
