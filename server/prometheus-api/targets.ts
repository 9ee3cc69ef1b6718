import type { TargetStatus } from '#server/scrape/target-status.ts';
import { formatDurationMs } from '#server/promql/durations.ts';

/** Scrape targets as `/api/v1/targets` tells them. Nothing is ever dropped: what is not annotated is no target. */
export function targetsData(targets: readonly TargetStatus[], { state = 'any', pool }: { readonly state?: string | undefined; readonly pool?: string | undefined }): unknown {
  const active = state === 'dropped' ? [] : targets.filter((target) => pool === undefined || target.scrapePool === pool);
  return {
    activeTargets: active.map((target) => ({
      discoveredLabels: target.discoveredLabels,
      labels: target.labels,
      scrapePool: target.scrapePool,
      scrapeUrl: target.scrapeUrl,
      globalUrl: target.scrapeUrl,
      lastError: target.lastError,
      // Go's zero time, which clients of Prometheus read as "never".
      lastScrape: target.lastScrape ?? '0001-01-01T00:00:00Z',
      lastScrapeDuration: target.lastScrapeDuration,
      health: target.health,
      scrapeInterval: formatDurationMs(target.scrapeIntervalSeconds * 1000),
      scrapeTimeout: formatDurationMs(target.scrapeTimeoutSeconds * 1000),
    })),
    droppedTargets: [],
    droppedTargetCounts: {},
  };
}
