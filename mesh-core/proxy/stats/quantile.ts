import type { HistogramSeries } from '../telemetry/prebuilt-metrics.ts';

/** In per cent: those that Envoy shows. */
export const QUANTILES = [0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 100] as const;

/** The value below which `percent` of the observations lie, taken as spread evenly within their bucket; NaN without any. */
export function quantileOf({ bounds, buckets, count }: Pick<HistogramSeries, 'bounds' | 'buckets' | 'count'>, percent: number): number {
  if (count === 0) return NaN;
  const wanted = (percent / 100) * count;
  let below = 0;
  for (const [i, bound] of bounds.entries()) {
    const inside = buckets[i] ?? 0;
    if (inside > 0 && below + inside >= wanted) {
      const floor = bounds[i - 1] ?? 0;
      return floor + (bound - floor) * ((wanted - below) / inside);
    }
    below += inside;
  }
  return bounds.at(-1) ?? NaN;
}
