import type { Labels } from '#server/timeseries/storage.ts';

/** One scrape target as Prometheus' `/api/v1/targets` tells it. Times are RFC 3339, durations seconds. */
export interface TargetStatus {
  readonly discoveredLabels: Labels;
  readonly labels: Labels;
  readonly scrapePool: string;
  readonly scrapeUrl: string;
  readonly health: 'up' | 'down' | 'unknown';
  /** '' when the last scrape worked. */
  readonly lastError: string;
  /** What the last scrape left out although it worked; absent when nothing. */
  readonly lastWarning?: string;
  /** Absent before the first scrape. */
  readonly lastScrape?: string;
  readonly lastScrapeDuration: number;
  readonly samples: number;
  readonly scrapeIntervalSeconds: number;
  readonly scrapeTimeoutSeconds: number;
}

/** A target that relabelling left out. */
export interface DroppedTargetStatus {
  readonly scrapePool: string;
  readonly discoveredLabels: Labels;
}

/** What a target says about one metric. */
export interface TargetMetadata {
  readonly target: Labels;
  readonly metric: string;
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}
