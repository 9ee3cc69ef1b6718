import { niceTicks } from '#components/charts/ticks.ts';
import type { SeriesPoint } from '#components/charts/chart-series.ts';

/** Maps times and values to px. */
export interface Scales {
  readonly x: (t: number) => number;
  readonly y: (v: number) => number;
}

/** Round values around what is drawn. From zero, or only as far as the values go. */
export function valueTicks(min: number, max: number, fromZero: boolean, binary: boolean): readonly number[] {
  if (fromZero || min >= max) return niceTicks(Math.min(0, min), Math.max(0, max), 5, binary);
  const [zero = 0, first = 1] = niceTicks(0, max - min, 4, binary);
  const step = first - zero;
  const low = Math.floor(min / step) * step;
  const ticks: number[] = [];
  for (let i = 0; i <= 50; i += 1) {
    const tick = Number((low + i * step).toPrecision(12));
    ticks.push(tick);
    if (tick >= max) break;
  }
  return ticks;
}

/** Least and greatest finite value; both 0 when there is none. */
export function valueExtent(all: readonly (readonly SeriesPoint[])[]): { readonly min: number; readonly max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const points of all) {
    for (const { v } of points) {
      if (v === null || !Number.isFinite(v)) continue;
      if (v < min) min = v;
      if (v > max) max = v;
    }
  }
  return min <= max ? { min, max } : { min: 0, max: 0 };
}

/** Runs of neighbouring points: a missing, NaN or infinite value, or a point that is not there at its step, ends one. */
export function runsOf(points: readonly SeriesPoint[], stepMs: number): readonly (readonly { readonly t: number; readonly v: number }[])[] {
  const runs: { t: number; v: number }[][] = [];
  let run: { t: number; v: number }[] | undefined;
  let before = Number.NEGATIVE_INFINITY;
  for (const { t, v } of points) {
    if (v === null || !Number.isFinite(v)) {
      run = undefined;
      continue;
    }
    if (run === undefined || t - before > stepMs * 1.5) {
      run = [];
      runs.push(run);
    }
    run.push({ t, v });
    before = t;
  }
  return runs;
}

/** The SVG path of a line; a point between two gaps becomes a dash one px long, which round line ends draw as a dot. */
export function linePath(points: readonly SeriesPoint[], stepMs: number, { x, y }: Scales): string {
  return runsOf(points, stepMs)
    .map((run) => {
      const [first] = run;
      if (first !== undefined && run.length === 1) return `M${px(x(first.t) - 0.5)} ${px(y(first.v))}h1`;
      return run.map(({ t, v }, index) => `${index === 0 ? 'M' : 'L'}${px(x(t))} ${px(y(v))}`).join('');
    })
    .join('');
}

/** A series' layer of a stack: bottom and top at each time that it has. */
export interface StackedPoint {
  readonly t: number;
  readonly low: number;
  readonly high: number;
}

/** Series on top of each other in their order. Negative values go below zero; what is missing adds nothing. */
export function stackSeries(all: readonly (readonly SeriesPoint[])[]): readonly (readonly StackedPoint[])[] {
  const above = new Map<number, number>();
  const below = new Map<number, number>();
  return all.map((points) =>
    points.flatMap(({ t, v }) => {
      if (v === null || !Number.isFinite(v)) return [];
      const sums = v < 0 ? below : above;
      const low = sums.get(t) ?? 0;
      sums.set(t, low + v);
      return [{ t, low, high: low + v }];
    }),
  );
}

/** The SVG path of one layer, closed; a gap ends one area and begins another. */
export function areaPath(layer: readonly StackedPoint[], stepMs: number, { x, y }: Scales): string {
  const runs: StackedPoint[][] = [];
  for (const point of layer) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run === undefined || last === undefined || point.t - last.t > stepMs * 1.5) runs.push([point]);
    else run.push(point);
  }
  return runs
    .map((run) => {
      // One point alone is drawn as wide as half a step to each side would be, at least a px.
      const wide = run.length === 1 ? run.flatMap((point) => [{ ...point, t: point.t - stepMs / 4 }, { ...point, t: point.t + stepMs / 4 }]) : run;
      const top = wide.map(({ t, high }, index) => `${index === 0 ? 'M' : 'L'}${px(x(t))} ${px(y(high))}`).join('');
      const bottom = wide.toReversed().map(({ t, low }) => `L${px(x(t))} ${px(y(low))}`).join('');
      return `${top}${bottom}Z`;
    })
    .join('');
}

/** The value at exactly `t`, or within half a step. */
export function valueNear(points: readonly SeriesPoint[], t: number, stepMs: number): number | null {
  let low = 0;
  let high = points.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.t ?? 0) < t - stepMs / 2) low = middle + 1;
    else high = middle;
  }
  const found = points[low];
  return found !== undefined && Math.abs(found.t - t) <= stepMs / 2 ? found.v : null;
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
