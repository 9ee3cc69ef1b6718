import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { labelsKey } from '#server/timeseries/labels.ts';
import type { Appender } from '#server/timeseries/storage.ts';
import { createExpositionFetcher } from './fetch-exposition.ts';
import type { ScrapeJob } from './scrape-job.ts';
import { offsetFor, startSchedule } from './scrape-schedule.ts';
import type { ScrapeTarget, TargetPool, TargetSource } from './scrape-target.ts';
import { TargetScraper, type ScrapeServices } from './target-scraper.ts';
import type { DroppedTargetStatus, TargetMetadata, TargetStatus } from './target-status.ts';

export interface ScrapeManagerOptions {
  readonly sources: readonly TargetSource[];
  readonly appender: Appender;
  readonly clock: Clock;
  readonly log: Logger;
  /** How often `onScraped` is called, at most. */
  readonly tellMs: number;
  /** Told when anything was scraped since the last time. */
  readonly onScraped?: (counts: { readonly up: number; readonly down: number }) => void;
}
export interface ScrapeManager {
  /** Every target with how its last scrape went, in a stable order. */
  targets(): readonly TargetStatus[];
  /** Targets that relabelling left out. */
  dropped(): readonly DroppedTargetStatus[];
  /** Names of all pools, also of those without targets. */
  pools(): readonly string[];
  /** What the targets say about their metrics. */
  metadata(): readonly TargetMetadata[];
  /** What is wrong with where targets come from, for their owner. */
  problems(): readonly string[];
  /** Stops scraping. Writes no staleness markers: the targets are still there, only the server goes. */
  close(): Promise<void>;
}

interface RunningTarget {
  readonly scraper: TargetScraper;
  readonly job: ScrapeJob;
  readonly stop: () => void;
}
interface WantedTarget {
  readonly target: ScrapeTarget;
  readonly job: ScrapeJob;
}

/** Scrapes what its sources name, following targets as they come and go. */
export function startScrapeManager(options: ScrapeManagerOptions): ScrapeManager {
  const { sources, appender, clock } = options;
  const log = options.log.child({ part: 'scrape' });
  const fetcher = createExpositionFetcher();
  const services: ScrapeServices = { appender, fetcher, clock, log };
  const running = new Map<string, RunningTarget>();
  const ending = new Set<Promise<void>>();
  /** By name of the pool: why none of its targets is scraped. */
  const forbidden = new Map<string, string>();
  let pools: readonly TargetPool[] = [];
  let scraped = false;
  let closed = false;

  const start = ({ target, job }: WantedTarget, predecessor?: TargetScraper): void => {
    const scraper = new TargetScraper(target, { ...services, job, predecessor, forbidden: () => forbidden.get(job.name) });
    const intervalMs = target.intervalMs ?? job.intervalMs;
    const stop = startSchedule({
      clock,
      intervalMs,
      offsetMs: offsetFor(target.key, intervalMs),
      run: async (time) => {
        await scraper.scrape(time);
        scraped = true;
      },
    });
    running.set(target.key, { scraper, job, stop });
  };
  const end = (key: string, target: RunningTarget): void => {
    running.delete(key);
    target.stop();
    const done = target.scraper.end().finally(() => ending.delete(done));
    ending.add(done);
  };
  const sync = (): void => {
    if (closed) return;
    pools = sources.flatMap((source) => source.pools());
    forbidden.clear();
    const wanted = new Map<string, WantedTarget>();
    for (const { job, targets } of pools) {
      for (const target of targets) wanted.set(target.key, { target, job });
      const reason = targetLimitReason(job, new Set(targets.map(({ key }) => key)).size);
      if (reason !== undefined) forbidden.set(job.name, reason);
    }
    for (const [key, now] of running) {
      const next = wanted.get(key);
      if (next === undefined || identityOf(next.target) !== identityOf(now.scraper.target)) end(key, now);
      else if (settingsOf(next) !== settingsOf({ target: now.scraper.target, job: now.job })) {
        now.stop();
        start(next, now.scraper);
      }
    }
    for (const [key, target] of wanted) if (!running.has(key)) start(target);
  };

  let pending = false;
  const changed = (): void => {
    // Many entries change together (a start, a reconnect): they are looked at once.
    if (pending) return;
    pending = true;
    queueMicrotask(() => {
      pending = false;
      sync();
    });
  };
  const unsubscribe = sources.map((source) => source.onChange(changed));
  sync();
  const stopTelling = clock.every(options.tellMs, () => {
    if (!scraped) return;
    scraped = false;
    const health = [...running.values()].map(({ scraper }) => scraper.status().health);
    options.onScraped?.({ up: health.filter((one) => one === 'up').length, down: health.filter((one) => one === 'down').length });
  });

  return {
    targets: () => [...running].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { scraper }]) => scraper.status()),
    dropped: () => pools.flatMap(({ dropped }) => dropped.map(({ pool, discoveredLabels }) => ({ scrapePool: pool, discoveredLabels }))),
    pools: () => pools.map(({ job }) => job.name).sort(),
    metadata: () => [...running.values()].flatMap(({ scraper }) => scraper.metadata()),
    problems: () => sources.flatMap((source) => source.problems()),
    async close() {
      closed = true;
      for (const stop of unsubscribe) stop();
      for (const source of sources) source.close();
      stopTelling();
      for (const { stop } of running.values()) stop();
      await Promise.all([...[...running.values()].map(({ scraper }) => scraper.stop()), ...ending]);
      fetcher.close();
    },
  };
}

/** In the words of Prometheus scrape/scrape.go refreshTargetLimitErr. */
function targetLimitReason({ targetLimit }: ScrapeJob, targets: number): string | undefined {
  return targetLimit > 0 && targets > targetLimit ? `target_limit exceeded (number of targets: ${targets}, limit: ${targetLimit})` : undefined;
}

/** What makes a target another one although its address is the same: its labels, and whether it can be scraped. */
function identityOf(target: ScrapeTarget): string {
  return `${labelsKey(target.labels)}${target.problem ?? ''}`;
}

/** What makes a target be scraped in another way. */
function settingsOf({ target, job }: WantedTarget): string {
  return `${job.fingerprint} ${target.intervalMs} ${target.timeoutMs} ${labelsKey(target.discoveredLabels)}`;
}
