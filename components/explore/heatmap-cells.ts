import type { HistogramPoint } from './read-answer.ts';

/** One cell of a heatmap: the observations of one bucket at one time, as a share of the greatest (0..1). */
export interface HeatCell {
  readonly t: number;
  /** Rows from the bottom that it covers. */
  readonly row: number;
  readonly rows: number;
  readonly count: number;
  readonly share: number;
}
export interface Heatmap {
  readonly cells: readonly HeatCell[];
  /** Bounds of the rows, from the bottom: one more than rows. */
  readonly bounds: readonly number[];
}

/** More rows than this are merged: each would be less than 3 px high. */
const MAX_BOUNDS = 81;

/**
 * Buckets over time on rows of equal height: every bound that occurs begins a row. Exponential buckets so stand on a
 * logarithmic axis, custom ones on one of their own. Infinite bounds end the axis at the last finite one beside them.
 */
export function heatmapOf(points: readonly HistogramPoint[]): Heatmap {
  const all = [...new Set(points.flatMap(({ h }) => h.buckets.filter(({ count }) => count > 0).flatMap(({ lower, upper }) => [lower, upper])))].sort((a, b) => a - b);
  const every = Math.ceil(all.length / MAX_BOUNDS);
  const bounds = all.filter((_, index) => index % every === 0 || index === all.length - 1);
  const rowOf = (value: number): number => Math.max(0, bounds.findLastIndex((bound) => bound <= value));
  const found = points.flatMap(({ t, h }) => {
    const byRow = new Map<number, { rows: number; count: number }>();
    for (const { lower, upper, count } of h.buckets) {
      if (!(count > 0)) continue;
      const row = rowOf(lower);
      const rows = Math.max(1, rowOf(upper) - row);
      const before = byRow.get(row);
      byRow.set(row, { rows: Math.max(rows, before?.rows ?? 0), count: count + (before?.count ?? 0) });
    }
    return [...byRow].map(([row, cell]) => ({ t, row, ...cell }));
  });
  const most = Math.max(...found.map(({ count, rows }) => count / rows), 0);
  return { bounds, cells: found.map((cell) => ({ ...cell, share: most > 0 ? cell.count / cell.rows / most : 0 })) };
}

/** The colour of a share: six steps of one hue, empty ones not drawn. */
export function heatColor(share: number): string {
  return `var(--heat-${Math.min(5, Math.max(1, Math.ceil(Math.sqrt(share) * 5)))})`;
}
