import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import type { Labels, MetricMetadata } from '#server/timeseries/storage.ts';

/** An exemplar as a page states it. */
export interface PageExemplar {
  /** The sample it belongs to. */
  readonly index: number;
  readonly labels: Labels;
  readonly value: number;
  /** Unix ms; absent when the page gives it no time of its own. */
  readonly timestamp?: number;
}

/**
 * One page of a target in columns, whatever its format was: entry `i` of each column is sample `i`, in the order of the page.
 * Labels stay unread: a scraper reads those of each series once (parseSeries), when it meets the series for the first time.
 */
export interface ScrapePage {
  /** Samples, floats and histograms together. Only as many entries of the columns count. */
  readonly count: number;
  /**
   * The text of each sample's series in the text format, `name{label="value"}` or `{"quoted.name","label"="value"}`, as
   * readSeries reads it without checking its form again. The same from page to page as long as the target writes the series
   * so. A scraper keeps the texts: they must not be cut out of a string that holds the whole page.
   */
  readonly series: readonly string[];
  /** Where the series stood among the hints the parser was given, or -1: then `series[i] === hints.texts[hinted[i]]`. */
  readonly hinted: Int32Array;
  /** NaN where the sample is a histogram. */
  readonly values: Float64Array;
  /** Unix ms, NaN for samples without a time of their own; absent when no sample of the page has one. */
  readonly timestamps?: Float64Array;
  /** Native histograms by sample. */
  readonly histograms?: ReadonlyMap<number, FloatHistogram>;
  /** When the counter of a sample began to count, by sample, Unix ms. */
  readonly startTimestamps?: ReadonlyMap<number, number>;
  readonly exemplars: readonly PageExemplar[];
  /** By the name of the metric family. */
  readonly metadata: ReadonlyMap<string, MetricMetadata>;
  /** The family declared last before a sample: in the order of the page, each from sample `from` on. */
  readonly families: readonly PageFamily[];
  /** Why the page cannot be taken; the columns hold the samples before the fault. */
  readonly fault?: string;
}
export interface PageFamily {
  readonly from: number;
  readonly name: string;
  /** As declared; 'unknown' when not (yet). */
  readonly type: string;
}

/** The series of the page before, so that a parser knows most series without reading them again. */
export interface SeriesHints {
  readonly texts: readonly string[];
  /** The texts one after another, in UTF-8, and where in it each ends. */
  readonly bytes: Uint8Array;
  readonly ends: Int32Array;
  /** Where a text stands in `texts`; undefined when it does not. */
  indexOf(text: string): number | undefined;
}

export const NO_HINTS: SeriesHints = { texts: [], bytes: new Uint8Array(), ends: new Int32Array(), indexOf: () => undefined };

/** The columns of hints made of texts. */
export function hintColumns(texts: readonly string[]): Pick<SeriesHints, 'texts' | 'bytes' | 'ends'> {
  let length = 0;
  for (const text of texts) length += Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafeSlow(length);
  const ends = new Int32Array(texts.length);
  let end = 0;
  for (const [i, text] of texts.entries()) {
    end += bytes.write(text, end);
    ends[i] = end;
  }
  return { texts, bytes, ends };
}

const FIRST_CAPACITY = 256;

/** Collects a page; the columns grow as needed. `hints` bounds nothing, it only saves growing. */
export class PageBuilder {
  readonly #series: string[] = [];
  readonly #metadata = new Map<string, MetricMetadata>();
  readonly #families: PageFamily[] = [];
  readonly #exemplars: PageExemplar[] = [];
  #count = 0;
  #capacity: number;
  #hinted: Int32Array;
  #values: Float64Array;
  #timestamps: Float64Array | undefined;
  #histograms: Map<number, FloatHistogram> | undefined;
  #startTimestamps: Map<number, number> | undefined;

  constructor(hints: SeriesHints = NO_HINTS) {
    this.#capacity = Math.max(FIRST_CAPACITY, hints.texts.length + (hints.texts.length >> 3));
    this.#hinted = new Int32Array(this.#capacity);
    this.#values = new Float64Array(this.#capacity);
  }

  /** Samples so far: the index of the next one. */
  get count(): number {
    return this.#count;
  }

  /** One sample. `timestamp` in Unix ms, NaN for none; `hinted` as in ScrapePage. */
  add(series: string, hinted: number, value: number, timestamp: number): void {
    const i = this.#count;
    if (i === this.#capacity) this.#grow();
    this.#series.push(series);
    this.#hinted[i] = hinted;
    this.#values[i] = value;
    if (timestamp === timestamp) this.#timestamps ??= new Float64Array(this.#capacity).fill(NaN);
    if (this.#timestamps !== undefined) this.#timestamps[i] = timestamp;
    this.#count = i + 1;
  }
  addHistogram(series: string, hinted: number, histogram: FloatHistogram, timestamp: number): void {
    (this.#histograms ??= new Map()).set(this.#count, histogram);
    this.add(series, hinted, NaN, timestamp);
  }
  /** For the sample at `index`, Unix ms. */
  setStartTimestamp(index: number, timestamp: number): void {
    (this.#startTimestamps ??= new Map()).set(index, timestamp);
  }
  addExemplar(exemplar: PageExemplar): void {
    this.#exemplars.push(exemplar);
  }
  /** Says something about a family; what is not said stays as it was. */
  describe(name: string, said: Partial<MetricMetadata>): void {
    const known = this.#metadata.get(name) ?? { type: 'unknown', help: '', unit: '' };
    this.#metadata.set(name, { ...known, ...said });
  }
  /** The samples from here on belong to this family, as far as their names say so. */
  startFamily(name: string, type: string): void {
    this.#families.push({ from: this.#count, name, type });
  }

  build(fault?: string): ScrapePage {
    return {
      count: this.#count,
      series: this.#series,
      hinted: this.#hinted,
      values: this.#values,
      exemplars: this.#exemplars,
      metadata: this.#metadata,
      families: this.#families,
      ...(this.#timestamps === undefined ? {} : { timestamps: this.#timestamps }),
      ...(this.#histograms === undefined ? {} : { histograms: this.#histograms }),
      ...(this.#startTimestamps === undefined ? {} : { startTimestamps: this.#startTimestamps }),
      ...(fault === undefined ? {} : { fault }),
    };
  }

  #grow(): void {
    this.#capacity *= 2;
    const hinted = new Int32Array(this.#capacity);
    hinted.set(this.#hinted);
    this.#hinted = hinted;
    const values = new Float64Array(this.#capacity);
    values.set(this.#values);
    this.#values = values;
    if (this.#timestamps === undefined) return;
    const timestamps = new Float64Array(this.#capacity).fill(NaN);
    timestamps.set(this.#timestamps);
    this.#timestamps = timestamps;
  }
}
