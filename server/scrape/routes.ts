import { defineRoute, type Route } from '#server/http/route.ts';
import type { DroppedTargetStatus, TargetStatus } from './target-status.ts';

/** What is scraped, for the pages and the API. */
export interface Scraping {
  readonly targets: () => readonly TargetStatus[];
  /** Targets that relabelling left out. */
  readonly dropped: () => readonly DroppedTargetStatus[];
  /** Names of all pools, also of those without targets. */
  readonly pools: () => readonly string[];
  /** What is wrong with where targets come from, for their owner. */
  readonly problems: () => readonly string[];
}

/** For a server that reads the metrics of another one. */
export const NO_SCRAPING: Scraping = { targets: () => [], dropped: () => [], pools: () => [], problems: () => [] };

/** What the page of targets shows. */
export interface TargetsAnswer {
  readonly targets: readonly TargetStatus[];
  readonly dropped: readonly DroppedTargetStatus[];
  readonly pools: readonly string[];
  readonly problems: readonly string[];
}

export function scrapeRoutes(scraping: Scraping): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/targets',
      scope: 'view',
      summary: 'Scrape targets by pool with their last error, targets that relabelling dropped, and what is wrong with the scrape configuration.',
      handle: async (): Promise<TargetsAnswer> => ({ targets: scraping.targets(), dropped: scraping.dropped(), pools: scraping.pools(), problems: scraping.problems() }),
    }),
  ];
}
