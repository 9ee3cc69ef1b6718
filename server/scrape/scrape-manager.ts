import type { WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { ConfigCache } from '#server/config/config-cache.ts';
import { labelsKey } from '#server/timeseries/labels.ts';
import type { Appender } from '#server/timeseries/storage.ts';
import { discoverTargets, type ScrapeTarget } from './discover-targets.ts';
import { createExpositionFetcher } from './fetch-exposition.ts';
import { offsetFor, startSchedule } from './scrape-schedule.ts';
import { TargetScraper, type ScrapeSettings } from './target-scraper.ts';
import type { TargetStatus } from './target-status.ts';

export interface ScrapeManagerOptions {
  readonly config: Pick<ConfigCache, 'list' | 'onChange'>;
  readonly appender: Appender;
  readonly clock: Clock;
  readonly log: Logger;
  readonly intervalMs: number;
  /** Default 10 s, and never more than the interval. */
  readonly timeoutMs?: number;
  /** Most bytes of one page. Default 64 MiB. */
  readonly bodySizeLimit?: number;
  /** Told once per interval in which anything was scraped. */
  readonly onScraped?: (counts: { readonly up: number; readonly down: number }) => void;
}
export interface ScrapeManager {
  /** Every target with how its last scrape went, in a stable order. */
  targets(): readonly TargetStatus[];
  /** Stops scraping. Writes no staleness markers: the targets are still there, only the server goes. */
  close(): Promise<void>;
}

interface RunningTarget {
  readonly scraper: TargetScraper;
  readonly identity: string;
  readonly stop: () => void;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_BODY_LIMIT = 64 * 1024 * 1024;

/** Scrapes what WorkloadEntries ask to be scraped, following them as they come and go. */
export function startScrapeManager(options: ScrapeManagerOptions): ScrapeManager {
  const { config, clock, intervalMs } = options;
  const log = options.log.child({ part: 'scrape' });
  const fetcher = createExpositionFetcher();
  const settings: ScrapeSettings = {
    appender: options.appender,
    fetcher,
    clock,
    log,
    intervalMs,
    timeoutMs: Math.min(options.timeoutMs ?? DEFAULT_TIMEOUT_MS, intervalMs),
    bodySizeLimit: options.bodySizeLimit ?? DEFAULT_BODY_LIMIT,
  };
  const running = new Map<string, RunningTarget>();
  const ending = new Set<Promise<void>>();
  let scraped = false;
  let closed = false;

  const start = (target: ScrapeTarget): void => {
    const scraper = new TargetScraper(target, settings);
    const stop = startSchedule({
      clock,
      intervalMs,
      offsetMs: offsetFor(target.key, intervalMs),
      run: async (time) => {
        await scraper.scrape(time);
        scraped = true;
      },
    });
    running.set(target.key, { scraper, identity: identityOf(target), stop });
  };
  const end = (key: string, target: RunningTarget): void => {
    running.delete(key);
    target.stop();
    const done = target.scraper.end().finally(() => ending.delete(done));
    ending.add(done);
  };
  const sync = (): void => {
    if (closed) return;
    const wanted = new Map(discoverTargets(config.list<WorkloadEntry>('WorkloadEntry')).map((target) => [target.key, target]));
    for (const [key, target] of running) {
      const now = wanted.get(key);
      if (now === undefined || identityOf(now) !== target.identity) end(key, target);
    }
    for (const [key, target] of wanted) if (!running.has(key)) start(target);
  };

  let pending = false;
  const unsubscribe = config.onChange(({ object }) => {
    // Many entries change together (a start, a reconnect): they are looked at once.
    if (object.kind !== 'WorkloadEntry' || pending) return;
    pending = true;
    queueMicrotask(() => {
      pending = false;
      sync();
    });
  });
  sync();
  const stopTelling = clock.every(intervalMs, () => {
    if (!scraped) return;
    scraped = false;
    const health = [...running.values()].map(({ scraper }) => scraper.status().health);
    options.onScraped?.({ up: health.filter((one) => one === 'up').length, down: health.filter((one) => one === 'down').length });
  });

  return {
    targets: () => [...running].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { scraper }]) => scraper.status()),
    async close() {
      closed = true;
      unsubscribe();
      stopTelling();
      for (const { stop } of running.values()) stop();
      await Promise.all([...[...running.values()].map(({ scraper }) => scraper.stop()), ...ending]);
      fetcher.close();
    },
  };
}

/** What makes a target another one although its address is the same: its labels, and whether it can be scraped. */
function identityOf(target: ScrapeTarget): string {
  return `${labelsKey(target.labels)}${target.problem ?? ''}`;
}
