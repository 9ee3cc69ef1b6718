import { extrapolationFactor } from './extrapolation.ts';
import { FLOAT } from './step-matrix.ts';

/** The windows of a range vector at the steps of a query. Unix ms. */
export interface MovingWindow {
  readonly firstEnd: number;
  readonly interval: number;
  readonly steps: number;
  readonly rangeMs: number;
}
/** Where a row of results is written to: cells from `base` on. */
export interface ResultRow {
  readonly values: Float64Array;
  readonly kinds: Uint8Array;
  readonly base: number;
}
/** How many steps have a value, the most samples any window held, and those of all windows. */
export interface Written {
  readonly found: number;
  readonly widest: number;
  readonly touched: number;
}

/**
 * rate, increase (counters) and delta of plain floats at all steps: the same as `rateFunctions` give window by window, in
 * one loop without anything in between, because dashboards ask for little else.
 */
export function rateOverSteps(times: Float64Array, values: Float64Array, { firstEnd, interval, steps, rangeMs }: MovingWindow, isCounter: boolean, isRate: boolean, out: ResultRow): Written {
  const seconds = rangeMs / 1000;
  const drops = isCounter ? dropsOf(values) : undefined;
  const count = values.length;
  let from = 0;
  let to = 0;
  let found = 0;
  let widest = 0;
  let touched = 0;
  for (let step = 0; step < steps; step++) {
    const rangeEnd = firstEnd + step * interval;
    const rangeStart = rangeEnd - rangeMs;
    while (to < count && (times[to] ?? Infinity) <= rangeEnd) to++;
    while (from < to && (times[from] ?? Infinity) <= rangeStart) from++;
    const intervals = to - from - 1;
    touched += intervals + 1;
    if (intervals >= widest) widest = intervals + 1;
    if (intervals < 1) continue;
    const first = values[from] ?? NaN;
    let change = (values[to - 1] ?? NaN) - first;
    if (drops !== undefined && (drops[to - 1] ?? -1) > from) change = addDrops(values, from, to, change);
    const firstTime = times[from] ?? 0;
    const shareOfZero = isCounter && change > 0 && first >= 0 ? first / change : NaN;
    const factor = extrapolationFactor(rangeStart, rangeEnd, firstTime, times[to - 1] ?? 0, firstTime, intervals, shareOfZero);
    out.values[out.base + step] = change * (isRate ? factor / seconds : factor);
    out.kinds[out.base + step] = FLOAT;
    found++;
  }
  return { found, widest, touched };
}

/** For each value the index of the last one up to it that is below its predecessor; undefined when none is. */
function dropsOf(values: Float64Array): Int32Array | undefined {
  let drops: Int32Array | undefined;
  let last = -1;
  let previous = NaN;
  for (let i = 0; i < values.length; i++) {
    const current = values[i] ?? NaN;
    if (current < previous) {
      drops ??= new Int32Array(values.length).fill(-1, 0, i);
      last = i;
    }
    previous = current;
    if (drops !== undefined) drops[i] = last;
  }
  return drops;
}

/** A value below the one before it means that the counter began anew: what it had before is added. */
export function addDrops(values: Float64Array, from: number, to: number, change: number): number {
  let sum = change;
  let previous = values[from] ?? NaN;
  for (let i = from + 1; i < to; i++) {
    const current = values[i] ?? NaN;
    if (current < previous) sum += previous;
    previous = current;
  }
  return sum;
}
