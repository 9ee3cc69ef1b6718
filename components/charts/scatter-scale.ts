import type { Status } from '#components/status/status.ts';
import { niceTicks } from './ticks.ts';

export interface ScatterPoint {
  readonly id: string;
  /** Unix ms */
  readonly t: number;
  readonly y: number;
  readonly label: string;
  /** `failing` dots are octagon red and drawn last; others take the series colour. */
  readonly status?: Status;
  /** Weight of the dot, e.g. number of spans. */
  readonly weight?: number;
}
export interface PlacedDot {
  readonly point: ScatterPoint;
  /** Shares of width and height, 0..1 from the left and the bottom. */
  readonly x: number;
  readonly y: number;
  /** Pixels. */
  readonly radius: number;
}
export interface Placed {
  /** In time order. */
  readonly dots: readonly PlacedDot[];
  readonly min: number;
  readonly max: number;
  /** Height of a value as a share. */
  readonly shareOf: (value: number) => number;
}

/** Places dots in a window of time; those outside are left out. Area, not radius, grows with weight. */
export function placePoints(points: readonly ScatterPoint[], { fromMs, toMs, log }: { fromMs: number; toMs: number; log: boolean }): Placed {
  const inside = points.filter((p) => p.t >= fromMs && p.t <= toMs && Number.isFinite(p.y));
  const values = inside.map((p) => p.y).filter((y) => !log || y > 0);
  const largest = Math.max(0, ...values);
  const min = log ? 10 ** Math.floor(Math.log10(Math.min(...values, largest || 1))) : 0;
  const max = log ? Math.max(largest, min * 10) * 1.15 : (niceTicks(0, largest, 4).at(-1) ?? 1);
  const shareOf = (value: number): number => (log ? Math.log(Math.max(value, min) / min) / Math.log(max / min) : value / max);
  const heaviest = Math.max(1, ...inside.map((p) => p.weight ?? 1));
  const dots = inside.map((point) => ({ point, x: (point.t - fromMs) / (toMs - fromMs), y: shareOf(point.y), radius: 3 + 5 * Math.sqrt((point.weight ?? 1) / heaviest) * (heaviest > 1 ? 1 : 0.2) })).sort((a, b) => a.point.t - b.point.t);
  return { dots, min, max, shareOf };
}

/** Powers of ten between two bounds. */
export function logTicks(min: number, max: number): readonly number[] {
  const ticks: number[] = [];
  for (let power = Math.ceil(Math.log10(min) - 1e-9); 10 ** power <= max; power += 1) ticks.push(10 ** power);
  return ticks;
}
