import { isStaleMarker } from '#server/timeseries/stale-marker.ts';
import type { SeriesSamples } from '#server/timeseries/storage.ts';
import type { VectorSelector } from './ast.ts';
import { resolveAt, resolveDuration, stepTime, type EvalContext } from './eval-context.ts';
import { fillSmoothed } from './eval-smoothed-selector.ts';
import { selectSamples } from './select-samples.ts';
import { StepMatrix } from './step-matrix.ts';

/** What of the newest sample is asked for: its value, its own time or the start of its counter (both in seconds). */
export type Wanted = 'value' | 'time' | 'start-time';

/**
 * The value of each series at each step: its newest sample in the lookback window (left open), unless that is a staleness
 * marker. Selects once and then only moves forward. Source: promql/engine.go evalSeries, vectorSelectorSingle.
 */
export function evalVectorSelector(selector: VectorSelector, context: EvalContext, wanted: Wanted): StepMatrix {
  const { scope, steps } = context;
  const offset = resolveDuration(selector.offset, scope, true);
  const at = resolveAt(selector.at, scope);
  const referenceAt = (step: number): number => (at ?? stepTime(context, step)) - offset;
  const smoothed = selector.extended === 'smoothed' && wanted === 'value';
  const { series, expected } = selectSamples(selector, { start: referenceAt(0) - scope.lookback + 1, end: referenceAt(steps - 1) + (smoothed ? scope.lookback : 0) }, scope);
  const out = new StepMatrix(steps, scope.budget.rowsFor(expected, steps));
  // A store gives each series once.
  out.distinct = true;
  for (const one of series) {
    scope.checkpoint();
    const row = out.addRow(one.labels, false);
    const found = smoothed ? fillSmoothed(one, out, row, selector, context, referenceAt) : fillLatest(one, out, row, scope.lookback, referenceAt, wanted);
    if (found === 0) out.dropLastRow();
    scope.budget.take(found);
    scope.budget.touch(found);
  }
  return out;
}

/** Fills a row with the newest samples; tells how many cells that were. */
function fillLatest(series: SeriesSamples, out: StepMatrix, row: number, lookback: number, referenceAt: (step: number) => number, wanted: Wanted): number {
  const { timestamps, values, histograms } = series;
  let next = 0;
  let found = 0;
  for (let step = 0; step < out.steps; step++) {
    const reference = referenceAt(step);
    while (next < timestamps.length && (timestamps[next] ?? Infinity) <= reference) next++;
    if (next === 0) continue;
    const time = timestamps[next - 1] ?? -Infinity;
    const value = values[next - 1] ?? NaN;
    if (time <= reference - lookback) continue;
    const histogram = histograms?.[next - 1];
    if (histogram === undefined && isStaleMarker(value)) continue;
    found++;
    if (wanted === 'time') out.set(row, step, time / 1000);
    else if (wanted === 'start-time') out.set(row, step, (series.startTimestamps?.[next - 1] ?? 0) / 1000);
    else if (histogram === undefined) out.set(row, step, value);
    else out.setHistogram(row, step, histogram);
  }
  return found;
}
