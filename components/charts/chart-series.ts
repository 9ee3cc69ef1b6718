/** One line of a chart. Points are in time order; `null` breaks the line. */
export interface ChartSeries {
  readonly id: string;
  readonly label: string;
  readonly points: readonly SeriesPoint[];
  /** CSS colour, e.g. `var(--status-failing-fg)`; by position when left out. */
  readonly color?: string;
  readonly dashed?: boolean;
}
export interface SeriesPoint {
  /** Unix ms */
  readonly t: number;
  readonly v: number | null;
}
export interface SeriesSummary {
  readonly last: number | null;
  readonly mean: number | null;
  readonly min: number | null;
  readonly max: number | null;
}

/** Colour of the n-th series (from 0) in first-seen order; twelve differ, then they repeat. */
export function seriesColor(index: number): string {
  return `var(--series-${(index % 12) + 1})`;
}

/** Colour of a class of HTTP codes: server errors look like failing, the rest is quiet. */
export function codeClassColor(code: string): string {
  if (code.startsWith('5') || code === '-' || code === '0') return 'var(--status-failing-fg)';
  if (code.startsWith('4')) return 'var(--status-degraded-fg)';
  if (code.startsWith('3')) return 'var(--series-5)';
  return 'var(--series-12)';
}

/** A row of the table recharts draws from: time and one column `s0`, `s1`… per series. */
export type ChartRow = { readonly t: number } & Readonly<Record<string, number | null>>;

/** Joins series on their times. A series without a value at a time has `null` there, so that gaps are seen. */
export function toRows(series: readonly ChartSeries[]): ChartRow[] {
  const rows = new Map<number, Record<string, number | null>>();
  series.forEach((one, index) => {
    for (const { t, v } of one.points) {
      const row = rows.get(t) ?? {};
      row[`s${index}`] = v !== null && Number.isFinite(v) ? v : null;
      rows.set(t, row);
    }
  });
  const blank = Object.fromEntries(series.map((_, index) => [`s${index}`, null]));
  return [...rows].sort(([a], [b]) => a - b).map(([t, row]) => ({ ...blank, ...row, t }));
}

/** Last, mean, least and greatest of the values there are. */
export function summarise(points: readonly SeriesPoint[]): SeriesSummary {
  const values = points.flatMap(({ v }) => (v !== null && Number.isFinite(v) ? [v] : []));
  if (values.length === 0) return { last: null, mean: null, min: null, max: null };
  return { last: values.at(-1) ?? null, mean: values.reduce((sum, v) => sum + v, 0) / values.length, min: Math.min(...values), max: Math.max(...values) };
}

/** The value nearest to `ms`, if one lies within `toleranceMs`. */
export function valueAt(points: readonly SeriesPoint[], ms: number, toleranceMs: number): number | null {
  let low = 0;
  let high = points.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.t ?? 0) < ms) low = middle + 1;
    else high = middle;
  }
  const candidates = [points[low - 1], points[low]].filter((p) => p !== undefined);
  const nearest = candidates.sort((a, b) => Math.abs(a.t - ms) - Math.abs(b.t - ms))[0];
  return nearest !== undefined && Math.abs(nearest.t - ms) <= toleranceMs ? nearest.v : null;
}

/** Distance of neighbouring points, ms; a minute when there is only one. */
export function stepOf({ points }: Pick<ChartSeries, 'points'>): number {
  const [a, b] = points;
  return a !== undefined && b !== undefined ? b.t - a.t : 60_000;
}

/** Greatest height the chart must show: of one series, or of the stack. */
export function extent(series: readonly ChartSeries[], stacked: boolean): { readonly min: number; readonly max: number } {
  let min = 0;
  let max = 0;
  if (!stacked) {
    for (const { points } of series) {
      const s = summarise(points);
      min = Math.min(min, s.min ?? 0);
      max = Math.max(max, s.max ?? 0);
    }
    return { min, max };
  }
  for (const row of toRows(series)) {
    let sum = 0;
    for (const [key, value] of Object.entries(row)) if (key !== 't') sum += value ?? 0;
    max = Math.max(max, sum);
  }
  return { min, max };
}
