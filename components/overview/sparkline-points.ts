import type { SeriesPoint } from '#components/charts/chart-series.ts';
import type { Sparkline } from '#server/overview/schemas.ts';

/** The server's evenly spaced values as points in Unix ms. */
export function sparklinePoints({ from, to, points }: Sparkline): SeriesPoint[] {
  const step = points.length > 1 ? ((to - from) * 1000) / (points.length - 1) : 0;
  return points.map((v, index) => ({ t: from * 1000 + index * step, v }));
}

/** Red only where something failed: a red line at zero would cry wolf. */
export function errorColor(points: readonly SeriesPoint[]): string {
  return points.some(({ v }) => v !== null && v > 0) ? 'var(--status-failing-fg)' : 'var(--border-control)';
}

/** Error shares where there was traffic: requests without any error have no error series, which is 0, not "no data". */
export function errorPoints(errors: Sparkline, requests: Sparkline): SeriesPoint[] {
  return sparklinePoints(errors).map(({ t, v }, index) => ({ t, v: v ?? ((requests.points[index] ?? null) === null ? null : 0) }));
}
