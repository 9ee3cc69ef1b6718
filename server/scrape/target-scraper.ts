import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { STALE_NAN, type Appender, type AppendResult, type MetricMetadata, type SeriesRef } from '#server/timeseries/storage.ts';
import type { BatchBuilder } from './batch-builder.ts';
import { labelsProblem } from './check-labels.ts';
import { parsePage } from './exposition/parse-page.ts';
import { PageBuilder, type ScrapePage } from './exposition/scrape-page.ts';
import { ScrapeError, type ExpositionFetcher } from './fetch-exposition.ts';
import { sampleLabels } from './sample-labels.ts';
import type { ScrapeJob } from './scrape-job.ts';
import { ScrapeReports, type ScrapeReport } from './scrape-reports.ts';
import type { ScrapeTarget } from './scrape-target.ts';
import { SeriesCache } from './series-cache.ts';
import type { TargetMetadata, TargetStatus } from './target-status.ts';

/** What scraping any target needs. */
export interface ScrapeServices {
  readonly appender: Appender;
  readonly fetcher: ExpositionFetcher;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface TargetScraperOptions extends ScrapeServices {
  readonly job: ScrapeJob;
  /** Why no target of the job is scraped now; undefined when they are. */
  readonly forbidden?: () => string | undefined;
  /** The scraper that this one takes over from: it is stopped, and what it knew and this one does not find is ended. */
  readonly predecessor?: TargetScraper | undefined;
}

interface LastScrape {
  readonly time: number;
  readonly seconds: number;
  readonly samples: number;
  readonly error: string;
  readonly warning: string;
}
/** A page that was fetched, or why there is none. */
type Answer = { readonly kind: 'page'; readonly page: ScrapePage; readonly bytes: number } | { readonly kind: 'failed'; readonly reason: string; readonly bytes: number };

/** Scrapes one target and knows how that went. All samples of one scrape are one append: stored whole or not at all. */
export class TargetScraper {
  readonly target: ScrapeTarget;
  readonly #options: TargetScraperOptions;
  readonly #series: SeriesCache;
  readonly #reports: ScrapeReports;
  readonly #metadata = new Map<string, MetricMetadata>();
  readonly #ended = new AbortController();
  readonly #timeoutMs: number;
  readonly #intervalMs: number;
  #predecessor: TargetScraper | undefined;
  #inherited: readonly SeriesRef[] = [];
  #running: Promise<void> | undefined;
  #last: LastScrape | undefined;

  constructor(target: ScrapeTarget, options: TargetScraperOptions) {
    const { job, appender } = options;
    this.target = target;
    this.#options = options;
    this.#timeoutMs = target.timeoutMs ?? job.timeoutMs;
    this.#intervalMs = target.intervalMs ?? job.intervalMs;
    this.#predecessor = options.predecessor;
    const rules = { targetLabels: target.labels, honorLabels: job.honorLabels, metricRelabel: job.metricRelabel };
    this.#series = new SeriesCache({
      appender,
      labelsFor: (scraped) => sampleLabels(scraped, rules),
      problemOf: (labels) => labelsProblem(labels, job, job.nameScheme),
      honorTimestamps: job.honorTimestamps,
      trackTimestampsStaleness: job.trackTimestampsStaleness,
      sampleLimit: job.sampleLimit,
    });
    this.#reports = new ScrapeReports(appender, target.labels, job.extraMetrics);
  }

  status(): TargetStatus {
    const last = this.#last;
    return {
      discoveredLabels: this.target.discoveredLabels,
      labels: this.target.labels,
      scrapePool: this.target.pool,
      scrapeUrl: this.target.url,
      health: last === undefined ? 'unknown' : last.error === '' ? 'up' : 'down',
      lastError: last?.error ?? '',
      ...(last === undefined || last.warning === '' ? {} : { lastWarning: last.warning }),
      ...(last === undefined ? {} : { lastScrape: new Date(last.time).toISOString() }),
      lastScrapeDuration: last?.seconds ?? 0,
      samples: last?.samples ?? 0,
      scrapeIntervalSeconds: this.#intervalMs / 1000,
      scrapeTimeoutSeconds: this.#timeoutMs / 1000,
    };
  }

  /** What the target said about its metrics. */
  metadata(): TargetMetadata[] {
    return [...this.#metadata].map(([metric, said]) => ({ target: this.target.labels, metric, ...said }));
  }

  /** The series in the store that would need an end if this scraper just stopped: for the one that takes over. */
  openSeries(): readonly SeriesRef[] {
    return [...this.#series.open(), ...this.#inherited];
  }

  /** One scrape, its samples stamped `time` (Unix ms). Never rejects: a failure is the target's state. */
  scrape(time: number): Promise<void> {
    this.#running = this.#scrape(time).catch((error: unknown) => {
      this.#options.log.error({ target: this.target.url, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, 'scrape failed unexpectedly');
      this.#finish({ time, seconds: 0, samples: 0, error: error instanceof Error ? error.message : String(error), warning: '' });
    });
    return this.#running;
  }

  /** Stops a scrape under way and waits for it. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  /** The target is gone: stops, and marks all its series as ended now, so that they do not linger for five minutes. */
  async end(): Promise<void> {
    await this.stop();
    await this.#takeOver();
    // A marker must come after the last sample, also when that was stamped a little ahead of the clock.
    const time = Math.max(this.#options.clock.now(), (this.#last?.time ?? 0) + 1);
    const { batch, commit } = this.#series.endAll(time, this.#spare());
    this.#endInherited(batch, time);
    this.#reports.end(batch, time);
    if ((await this.#store(batch)).kind === 'stored') commit();
  }

  async #scrape(time: number): Promise<void> {
    await this.#takeOver();
    const started = this.#options.clock.now();
    const answer = await this.#ask();
    if (this.#ended.signal.aborted) return;
    const seconds = (): number => Math.max(0, this.#options.clock.now() - started) / 1000;
    const taken = answer.kind === 'failed' ? { kind: 'refused' as const, reason: answer.reason, scraped: 0, kept: 0 } : this.#series.take(answer.page, time, this.#spare());
    if (taken.kind === 'refused' || answer.kind === 'failed') {
      const { scraped, kept } = taken;
      const { batch, commit } = this.#series.endAll(time, this.#spare());
      this.#endInherited(batch, time);
      this.#report(batch, time, { up: 0, seconds: seconds(), scraped, kept, added: 0, bytes: answer.bytes });
      if ((await this.#store(batch)).kind === 'stored') commit();
      this.#finish({ time, seconds: seconds(), samples: 0, error: taken.kind === 'refused' ? taken.reason : '', warning: '' });
      return;
    }
    const { batch, scraped, kept, added } = taken;
    this.#endInherited(batch, time);
    this.#report(batch, time, { up: 1, seconds: seconds(), scraped, kept, added, bytes: answer.bytes });
    const stored = await this.#store(batch);
    if (stored.kind === 'stored') {
      taken.commit();
      this.#tellMetadata(answer.page);
    } else taken.abort();
    this.#finish({
      time,
      seconds: seconds(),
      samples: scraped,
      error: stored.kind === 'stored' ? '' : stored.reason,
      warning: stored.kind === 'stored' ? leftOut(taken.duplicates, taken.fromTheFuture, stored.result) : '',
    });
  }

  async #takeOver(): Promise<void> {
    const before = this.#predecessor;
    if (before === undefined) return;
    this.#predecessor = undefined;
    await before.stop();
    await before.#takeOver();
    this.#inherited = before.openSeries();
  }

  async #ask(): Promise<Answer> {
    const { fetcher, clock, job, log, forbidden } = this.#options;
    const reason = this.target.problem ?? forbidden?.();
    if (reason !== undefined) return { kind: 'failed', reason, bytes: 0 };
    const late = new AbortController();
    const cancel = clock.after(this.#timeoutMs, () => late.abort());
    try {
      const { body, contentType, release } = await fetcher.fetch(this.target.url, { job, timeoutMs: this.#timeoutMs, signal: AbortSignal.any([late.signal, this.#ended.signal]) });
      try {
        // What is empty has no format: a page without samples, as Prometheus takes it.
        if (body.length === 0) return { kind: 'page', page: new PageBuilder().build(), bytes: 0 };
        const page = parsePage(body, { ...job, contentType, hints: this.#series, maxSamples: job.pageSampleLimit > 0 ? job.pageSampleLimit : Infinity });
        return { kind: 'page', page, bytes: body.length };
      } finally {
        release();
      }
    } catch (error) {
      if (!(error instanceof ScrapeError)) log.error({ target: this.target.url, error: String(error) }, 'scrape failed unexpectedly');
      return { kind: 'failed', reason: error instanceof Error ? error.message : String(error), bytes: error instanceof ScrapeError && error.tooLarge ? -1 : 0 };
    } finally {
      cancel();
    }
  }

  /** Room in a batch besides the samples and markers of the cache. */
  #spare(): number {
    return this.#reports.count + this.#inherited.length;
  }

  /** Marks the ends of what the scraper before knew and this one does not. */
  #endInherited(batch: BatchBuilder, time: number): void {
    if (this.#inherited.length === 0) return;
    const present = new Set(batch.refs.subarray(0, batch.count));
    for (const ref of this.#inherited) if (!present.has(ref)) batch.push(ref, time, STALE_NAN);
    this.#inherited = [];
  }

  #report(batch: BatchBuilder, time: number, report: Omit<ScrapeReport, 'timeoutSeconds' | 'sampleLimit'>): void {
    this.#reports.report(batch, time, { ...report, timeoutSeconds: this.#timeoutMs / 1000, sampleLimit: this.#options.job.sampleLimit });
  }

  async #store(batch: BatchBuilder): Promise<{ readonly kind: 'stored'; readonly result: AppendResult } | { readonly kind: 'failed'; readonly reason: string }> {
    try {
      return { kind: 'stored', result: await this.#options.appender.appendBatch(batch.build()) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.log.error({ target: this.target.url, error: reason }, 'samples could not be stored');
      return { kind: 'failed', reason };
    }
  }

  /** Only what this target says anew: two targets may describe one metric differently without end. */
  #tellMetadata(page: ScrapePage): void {
    for (const [name, said] of page.metadata) {
      const known = this.#metadata.get(name);
      if (known !== undefined && known.type === said.type && known.help === said.help && known.unit === said.unit) continue;
      this.#metadata.set(name, said);
      this.#options.appender.setMetadata(name, said);
    }
  }

  #finish(now: LastScrape): void {
    const before = this.#last;
    const { log } = this.#options;
    const target = this.target.url;
    this.#last = now;
    if (now.error !== '' && before?.error !== now.error) log.warn({ target, error: now.error }, 'target is down');
    else if (now.error === '' && before !== undefined && before.error !== '') log.info({ target }, 'target is up again');
    if (now.warning !== '' && (before?.warning ?? '') === '') log.warn({ target, warning: now.warning }, 'samples of a target were left out');
  }
}

/** What a scrape that worked left out, for its owner; '' for nothing. */
function leftOut(duplicates: number, fromTheFuture: number, result: AppendResult): string {
  const reasons: readonly [count: number, why: string][] = [
    [duplicates, 'their series is on the page twice'],
    [fromTheFuture, 'their timestamps lie more than 10 minutes ahead'],
    [result.duplicate, 'their series has another value at the same time'],
    [result.outOfOrder, 'their timestamps lie before samples that are stored'],
    [result.tooOld, 'their timestamps are too old'],
    [result.seriesLimit, 'the store holds as many series as it may'],
  ];
  return reasons.filter(([count]) => count > 0).map(([count, why]) => `${count} ${count === 1 ? 'sample was' : 'samples were'} left out: ${why}`).join('; ');
}
