import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { ConfigCache } from '#server/config/config-cache.ts';
import type { Appender } from '#server/timeseries/storage.ts';
import { meshRegistrySource } from './mesh-registry-source.ts';
import { openScrapeConfigSource } from './scrape-config-source.ts';
import { startScrapeManager, type ScrapeManager } from './scrape-manager.ts';

export interface StartScrapingOptions {
  readonly config: Pick<ConfigCache, 'list' | 'onChange'>;
  readonly appender: Appender;
  readonly clock: Clock;
  readonly log: Logger;
  /** Seconds between scrapes of the workloads of the mesh. */
  readonly scrapeSeconds: number;
  /** A file with further jobs, in Prometheus' form. */
  readonly scrapeConfig: string | undefined;
  /** Take when counters began to count from the pages that tell. */
  readonly startTimestamps: boolean;
  readonly onScraped: (counts: { readonly up: number; readonly down: number }) => void;
}

/**
 * Scrapes the mesh and what the configuration file names, which SIGHUP reads again. Throws ServerError when that file is
 * wrong.
 */
export function startScraping({ config, appender, clock, log, scrapeSeconds, scrapeConfig, startTimestamps, onScraped }: StartScrapingOptions): ScrapeManager {
  const intervalMs = scrapeSeconds * 1000;
  const file = scrapeConfig === undefined ? undefined : openScrapeConfigSource(scrapeConfig, { clock, log, startTimestamps });
  const manager = startScrapeManager({ sources: [meshRegistrySource({ config, intervalMs, startTimestamps }), ...(file === undefined ? [] : [file])], appender, clock, log, tellMs: intervalMs, onScraped });
  if (file === undefined) return manager;
  const reload = (): void => file.reload();
  process.on('SIGHUP', reload);
  return {
    ...manager,
    close: async () => {
      process.off('SIGHUP', reload);
      await manager.close();
    },
  };
}
