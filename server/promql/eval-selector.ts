import { lowerBound } from '#server/timeseries/lower-bound.ts';
import { isStaleMarker } from '#server/timeseries/stale-marker.ts';
import type { SeriesSamples } from '#server/timeseries/storage.ts';
import type { VectorSelector } from './ast.ts';
import { resolveAt, resolveDuration, stepTime, type EvalContext } from './eval-context.ts';
import { StepMatrix } from './step-matrix.ts';

/**
 * The value of each series at each step: its newest sample in the lookback window (left open), unless that is a staleness
 * marker. Selects once and then only moves forward. `what` chooses between values and the samples' own times (seconds),
 * which timestamp() asks for. Source: promql/engine.go evalSeries, vectorSelectorSingle.
 */
export function evalVectorSelector(selector: VectorSelector, context: EvalContext, what: 'value' | 'time'): StepMatrix {
  const { scope, steps } = context;
  const offset = resolveDuration(selector.offset, scope, true);
  const at = resolveAt(selector.at, scope);
  const referenceAt = (step: number): number => (at ?? stepTime(context, step)) - offset;
  const smoothed = selector.extended === 'smoothed';
  const series = scope.querier.select(selector.matchers, {
    start: referenceAt(0) - scope.lookback + 1,
    end: referenceAt(steps - 1) + (smoothed ? scope.lookback : 0),
  });
  const out = new StepMatrix(steps, series.length);
  for (const one of series) {
    scope.checkpoint();
    scope.budget.take(one.values.length);
    const row = out.addRow(one.labels, false);
    const found = smoothed ? fillSmoothed(one, out, row, scope.lookback, referenceAt) : fillLatest(one, out, row, scope.lookback, referenceAt, what);
    if (!found) out.dropLastRow();
    scope.budget.release(one.values.length);
  }
  return out;
}

function fillLatest(series: SeriesSamples, out: StepMatrix, row: number, lookback: number, referenceAt: (step: number) => number, what: 'value' | 'time'): boolean {
  const { timestamps, values } = series;
  let next = 0;
  let found = false;
  for (let step = 0; step < out.steps; step++) {
    const reference = referenceAt(step);
    while (next < timestamps.length && (timestamps[next] ?? Infinity) <= reference) next++;
    if (next === 0) continue;
    const time = timestamps[next - 1] ?? -Infinity;
    const value = values[next - 1] ?? NaN;
    if (time <= reference - lookback || isStaleMarker(value)) continue;
    out.set(row, step, what === 'value' ? value : time / 1000);
    found = true;
  }
  return found;
}

/** `smoothed` instant selectors interpolate between the samples around; the last known value is carried on. */
function fillSmoothed(series: SeriesSamples, out: StepMatrix, row: number, lookback: number, referenceAt: (step: number) => number): boolean {
  const { timestamps, values } = withoutStale(series);
  let found = false;
  for (let step = 0; step < out.steps; step++) {
    const reference = referenceAt(step);
    const after = lowerBound(timestamps, timestamps.length, reference);
    const afterTime = timestamps[after] ?? Infinity;
    const beforeTime = timestamps[after - 1] ?? -Infinity;
    const before = values[after - 1] ?? NaN;
    if (afterTime === reference) out.set(row, step, values[after] ?? NaN);
    else if (beforeTime <= reference - lookback) continue;
    else if (afterTime <= reference + lookback) out.set(row, step, before + (((values[after] ?? NaN) - before) * (reference - beforeTime)) / (afterTime - beforeTime));
    else out.set(row, step, before);
    found = true;
  }
  return found;
}

/** A series without its staleness markers; the same arrays when there are none. */
export function withoutStale(series: SeriesSamples): SeriesSamples {
  const { labels, timestamps, values } = series;
  let stale = 0;
  for (let i = 0; i < values.length; i++) if (isStaleMarker(values[i] ?? 0)) stale++;
  if (stale === 0) return series;
  const kept = { labels, timestamps: new Float64Array(values.length - stale), values: new Float64Array(values.length - stale) };
  let at = 0;
  for (let i = 0; i < values.length; i++) {
    if (isStaleMarker(values[i] ?? 0)) continue;
    kept.timestamps[at] = timestamps[i] ?? 0;
    kept.values[at] = values[i] ?? NaN;
    at++;
  }
  return kept;
}
