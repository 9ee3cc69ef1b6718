import { STALE_NAN, type Appender, type Labels, type SeriesRef } from '#server/timeseries/storage.ts';
import type { BatchBuilder } from './batch-builder.ts';
import { reportLabels } from './sample-labels.ts';

/** What a scrape says about itself. */
export interface ScrapeReport {
  readonly up: 0 | 1;
  readonly seconds: number;
  readonly scraped: number;
  readonly kept: number;
  readonly added: number;
  /** Of the page, unpacked; -1 when it was too large, 0 when there was none. */
  readonly bytes: number;
  readonly timeoutSeconds: number;
  readonly sampleLimit: number;
}

const ALWAYS: readonly [name: string, read: (report: ScrapeReport) => number][] = [
  ['up', ({ up }) => up],
  ['scrape_duration_seconds', ({ seconds }) => seconds],
  ['scrape_samples_scraped', ({ scraped }) => scraped],
  ['scrape_samples_post_metric_relabeling', ({ kept }) => kept],
  ['scrape_series_added', ({ added }) => added],
];
const EXTRA: typeof ALWAYS = [
  ['scrape_timeout_seconds', ({ timeoutSeconds }) => timeoutSeconds],
  ['scrape_sample_limit', ({ sampleLimit }) => sampleLimit],
  ['scrape_body_size_bytes', ({ bytes }) => bytes],
];

/** The series every scrape of a target leaves about itself, as Prometheus names them (scrape/scrape.go report). */
export class ScrapeReports {
  readonly #appender: Appender;
  readonly #series: readonly { readonly labels: Labels; readonly read: (report: ScrapeReport) => number }[];
  #refs: readonly SeriesRef[] = [];
  #epoch: number | undefined;

  constructor(appender: Appender, targetLabels: Labels, extra: boolean) {
    this.#appender = appender;
    this.#series = [...ALWAYS, ...(extra ? EXTRA : [])].map(([name, read]) => ({ labels: reportLabels(name, targetLabels), read }));
  }

  /** How many samples a report is. */
  get count(): number {
    return this.#series.length;
  }

  report(batch: BatchBuilder, time: number, report: ScrapeReport): void {
    const refs = this.#currentRefs();
    for (const [i, { read }] of this.#series.entries()) batch.push(refs[i] ?? 0, time, read(report));
  }

  /** Markers for the end of the reports; none when there never was one. */
  end(batch: BatchBuilder, time: number): void {
    if (this.#epoch === undefined) return;
    for (const ref of this.#currentRefs()) batch.push(ref, time, STALE_NAN);
  }

  #currentRefs(): readonly SeriesRef[] {
    if (this.#epoch !== this.#appender.epoch) {
      this.#epoch = this.#appender.epoch;
      this.#refs = this.#series.map(({ labels }) => this.#appender.ref(labels));
    }
    return this.#refs;
  }
}
