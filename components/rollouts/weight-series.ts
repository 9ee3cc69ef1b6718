import type { SeriesPoint } from '#components/charts/chart-series.ts';
import type { RolloutHistoryEntry } from '#mesh-core/domain/resources/canary-rollout.ts';

/**
 * The canary's wanted share at each of `times` (Unix ms, rising), from the rollout's history: the weight of the last
 * entry not after it. No value before the rollout began, nor after it ended.
 */
export function wantedWeights(history: readonly RolloutHistoryEntry[], times: readonly number[], finishedAt?: string): SeriesPoint[] {
  const changes = history.map((entry) => ({ t: Date.parse(entry.time), weight: entry.weight })).filter(({ t }) => !Number.isNaN(t));
  const end = finishedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(finishedAt);
  let next = 0;
  let weight: number | null = null;
  return times.map((t) => {
    for (let change = changes[next]; change !== undefined && change.t <= t; change = changes[++next]) weight = change.weight;
    return { t, v: t > end ? null : weight };
  });
}
