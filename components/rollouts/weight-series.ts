import type { SeriesPoint } from '#components/charts/chart-series.ts';
import type { RolloutHistoryEntry } from '#mesh-core/domain/resources/canary-rollout.ts';

/**
 * The canary's wanted share over time as a staircase, from the rollout's history: a point at both sides of every change,
 * 0 before the first, the last value on to `toMs`. Times are Unix ms; nothing outside `fromMs`..`toMs`.
 */
export function wantedWeights(history: readonly RolloutHistoryEntry[], fromMs: number, toMs: number): SeriesPoint[] {
  const changes = history.map((entry) => ({ t: Date.parse(entry.time), v: entry.weight })).filter(({ t }) => !Number.isNaN(t) && t <= toMs);
  if (changes.length === 0) return [];
  const points: SeriesPoint[] = [];
  let value = 0;
  for (const { t, v } of changes) {
    if (t >= fromMs) {
      if (points.length === 0 && t > fromMs) points.push({ t: fromMs, v: value });
      points.push({ t: t - 1, v: value }, { t, v });
    }
    value = v;
  }
  if (points.length === 0) points.push({ t: fromMs, v: value });
  points.push({ t: toMs, v: value });
  return points;
}
