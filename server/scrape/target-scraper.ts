import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { METRIC_NAME } from '#server/timeseries/labels.ts';
import { STALE_NAN, type Appender, type Labels, type MetricMetadata, type Sample } from '#server/timeseries/storage.ts';
import type { ScrapeTarget } from './discover-targets.ts';
import { ExpositionError } from './exposition/exposition-error.ts';
import { parseExposition, type Exposition } from './exposition/parse-exposition.ts';
import { ScrapeError, type ExpositionFetcher } from './fetch-exposition.ts';
import type { TargetStatus } from './target-status.ts';
import { TargetSeries } from './target-series.ts';

/** What scraping one target needs. Durations are milliseconds. */
export interface ScrapeSettings {
  readonly appender: Appender;
  readonly fetcher: ExpositionFetcher;
  readonly clock: Clock;
  readonly log: Logger;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly bodySizeLimit: number;
}

/** The series every scrape leaves about itself, as Prometheus names them. */
const REPORTS = ['up', 'scrape_duration_seconds', 'scrape_samples_scraped', 'scrape_samples_post_metric_relabeling', 'scrape_series_added'] as const;
type Report = Readonly<Record<(typeof REPORTS)[number], number>>;

/** Scrapes one target and knows how that went. All samples of one scrape are one append: stored whole or not at all. */
export class TargetScraper {
  readonly target: ScrapeTarget;
  readonly #settings: ScrapeSettings;
  readonly #series: TargetSeries;
  readonly #reportLabels: Readonly<Record<keyof Report, Labels>>;
  readonly #metadata = new Map<string, MetricMetadata>();
  readonly #ended = new AbortController();
  #running: Promise<void> | undefined;
  #last: { readonly time: number; readonly seconds: number; readonly samples: number; readonly error: string } | undefined;
  #everReported = false;

  constructor(target: ScrapeTarget, settings: ScrapeSettings) {
    this.target = target;
    this.#settings = settings;
    this.#series = new TargetSeries(target.labels);
    const labelled = (name: string): Labels => ({ ...target.labels, [METRIC_NAME]: name });
    this.#reportLabels = {
      up: labelled('up'),
      scrape_duration_seconds: labelled('scrape_duration_seconds'),
      scrape_samples_scraped: labelled('scrape_samples_scraped'),
      scrape_samples_post_metric_relabeling: labelled('scrape_samples_post_metric_relabeling'),
      scrape_series_added: labelled('scrape_series_added'),
    };
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
      ...(last === undefined ? {} : { lastScrape: new Date(last.time).toISOString() }),
      lastScrapeDuration: last?.seconds ?? 0,
      samples: last?.samples ?? 0,
      scrapeIntervalSeconds: this.#settings.intervalMs / 1000,
      scrapeTimeoutSeconds: this.#settings.timeoutMs / 1000,
    };
  }

  /** One scrape, its samples stamped `time` (Unix ms). Never rejects: a failure is the target's state. */
  scrape(time: number): Promise<void> {
    this.#running = this.#scrape(time).catch((error: unknown) => {
      this.#settings.log.error({ target: this.target.url, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, 'scrape failed unexpectedly');
      this.#finish(time, 0, 0, error instanceof Error ? error.message : String(error));
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
    // A marker must come after the last sample, also when that was stamped a little ahead of the clock.
    const time = Math.max(this.#settings.clock.now(), (this.#last?.time ?? 0) + 1);
    const reports = this.#everReported ? REPORTS.map((name): Sample => ({ labels: this.#reportLabels[name], timestamp: time, value: STALE_NAN })) : [];
    await this.#store([...this.#series.staleMarkers(time), ...reports]);
    this.#series.forget();
  }

  async #scrape(time: number): Promise<void> {
    const { clock } = this.#settings;
    const started = clock.now();
    const page = await this.#readPage();
    if (this.#ended.signal.aborted) return;
    const seconds = Math.max(0, clock.now() - started) / 1000;
    const taken = typeof page === 'string' ? page : this.#take(page, time);
    if (typeof taken === 'string') {
      const stored = await this.#store([...this.#series.staleMarkers(time), ...this.#report(time, { up: 0, scrape_duration_seconds: seconds, scrape_samples_scraped: 0, scrape_samples_post_metric_relabeling: 0, scrape_series_added: 0 })]);
      if (stored === undefined) this.#series.forget();
      this.#finish(time, seconds, 0, taken);
      return;
    }
    const { page: read, result } = taken;
    const count = read.samples.length;
    const failed = await this.#store([...result.samples, ...this.#report(time, { up: 1, scrape_duration_seconds: seconds, scrape_samples_scraped: count, scrape_samples_post_metric_relabeling: count, scrape_series_added: result.added })]);
    if (failed === undefined) result.commit();
    if (result.fromTheFuture > 0) this.#settings.log.warn({ target: this.target.url, samples: result.fromTheFuture }, 'left out samples whose timestamps lie in the future');
    this.#tellMetadata(read);
    this.#finish(time, seconds, count, failed ?? '');
  }

  /** The page, or why there is none. */
  async #readPage(): Promise<Exposition | string> {
    const { fetcher, clock, timeoutMs, bodySizeLimit, log } = this.#settings;
    if (this.target.problem !== undefined) return this.target.problem;
    const late = new AbortController();
    const cancel = clock.after(timeoutMs, () => late.abort());
    try {
      return parseExposition(await fetcher.fetch(this.target.url, { timeoutMs, bodySizeLimit, signal: AbortSignal.any([late.signal, this.#ended.signal]) }));
    } catch (error) {
      if (!(error instanceof ScrapeError || error instanceof ExpositionError)) log.error({ target: this.target.url, error: String(error) }, 'scrape failed unexpectedly');
      return error instanceof Error ? error.message : String(error);
    } finally {
      cancel();
    }
  }

  #take(page: Exposition, time: number): { readonly page: Exposition; readonly result: ReturnType<TargetSeries['take']> } | string {
    try {
      return { page, result: this.#series.take(page, time) };
    } catch (error) {
      if (error instanceof ExpositionError) return error.message;
      throw error;
    }
  }

  #report(time: number, report: Report): Sample[] {
    this.#everReported = true;
    return REPORTS.map((name) => ({ labels: this.#reportLabels[name], timestamp: time, value: report[name] }));
  }

  /** Undefined when stored, else why not. */
  async #store(samples: readonly Sample[]): Promise<string | undefined> {
    try {
      await this.#settings.appender.append(samples);
      return undefined;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#settings.log.error({ target: this.target.url, error: reason }, 'samples could not be stored');
      return reason;
    }
  }

  /** Only what this target says anew: two targets may describe one metric differently without end. */
  #tellMetadata(page: Exposition): void {
    for (const [name, entry] of page.metadata) {
      const known = this.#metadata.get(name);
      if (known !== undefined && known.type === entry.type && known.help === entry.help) continue;
      this.#metadata.set(name, entry);
      this.#settings.appender.setMetadata(name, entry);
    }
  }

  #finish(time: number, seconds: number, samples: number, error: string): void {
    const before = this.#last;
    this.#last = { time, seconds, samples, error };
    if (error !== '' && before?.error !== error) this.#settings.log.warn({ target: this.target.url, error }, 'target is down');
    else if (error === '' && before !== undefined && before.error !== '') this.#settings.log.info({ target: this.target.url }, 'target is up again');
  }
}
