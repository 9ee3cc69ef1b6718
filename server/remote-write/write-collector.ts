import { storableHistogram, type ReceivedHistogram } from '#server/histogram/storable-histogram.ts';
import { formatLabels } from '#server/promql/format-labels.ts';
import { growFloats, growInts } from '#server/timeseries/grow-column.ts';
import { canonicalValue, isStaleMarker } from '#server/timeseries/stale-marker.ts';
import { STALE_NAN, type Exemplar, type Labels, type MetricMetadata, type SampleBatch, type SeriesRef } from '#server/timeseries/storage.ts';
import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import type { ReceivedLabels } from './received-labels.ts';

/** What stands for a series whose labels are not right: its samples are left out. */
export const NO_SERIES = -1;
const LISTED_PROBLEMS = 5;

interface Series {
  readonly key: string;
  /** When it came in an earlier request. */
  readonly ref: SeriesRef | undefined;
  readonly labels: () => Labels;
}

/**
 * Takes in what a write request says, sample by sample, and keeps what can be stored apart from what cannot. Nothing goes to
 * the store before the whole request was read. `maxTime` (Unix ms) is the latest time a sample may have.
 */
export class WriteCollector {
  readonly floats = new SampleColumns();
  readonly histograms = new SampleColumns();
  readonly metadata: (readonly [metricName: string, metadata: MetricMetadata])[] = [];
  readonly #series: Series[] = [];
  readonly #exemplars: { readonly series: number; readonly exemplar: Exemplar }[] = [];
  readonly #known: (key: string) => SeriesRef | undefined;
  readonly #maxTime: number;
  readonly #problems: string[] = [];
  #unlisted = 0;

  constructor(known: (key: string) => SeriesRef | undefined, maxTime: number) {
    this.#known = known;
    this.#maxTime = maxTime;
  }

  /** A series by a key that says the same as its labels do. Gives its number for what follows, NO_SERIES when it is refused. */
  addSeries(key: string, labels: () => ReceivedLabels): number {
    const ref = this.#known(key);
    if (ref !== undefined) return this.#series.push({ key, ref, labels: () => certain(labels()) }) - 1;
    const read = labels();
    if (!read.ok) {
      this.addProblem(read.message);
      return NO_SERIES;
    }
    return this.#series.push({ key, ref, labels: () => read.labels }) - 1;
  }

  /** Times in Unix ms; a start time of 0 is none. */
  addSample(series: number, timestamp: number, value: number, startTimestamp: number): void {
    if (!this.#isInTime(series, timestamp)) return;
    this.floats.push(series, timestamp, canonicalValue(value), startTimestamp);
  }

  addHistogram(series: number, timestamp: number, received: ReceivedHistogram, startTimestamp: number): void {
    if (!this.#isInTime(series, timestamp)) return;
    // A histogram that ends its series has the staleness marker for a sum, and nothing else that counts.
    if (isStaleMarker(received.histogram.sum)) {
      this.histograms.push(series, timestamp, STALE_NAN, startTimestamp);
      return;
    }
    const checked = storableHistogram(received);
    if (checked.ok) this.histograms.pushHistogram(series, timestamp, checked.histogram, startTimestamp);
    else this.addProblem(`${checked.problem.message}, for ${this.#nameOf(series)}`);
  }

  addExemplar(series: number, exemplar: Exemplar): void {
    if (this.#isInTime(series, exemplar.timestamp)) this.#exemplars.push({ series, exemplar });
  }

  /** Something that keeps a part of the request from being stored; the rest of it is. */
  addProblem(message: string): void {
    if (this.#problems.length < LISTED_PROBLEMS) this.#problems.push(message);
    else this.#unlisted++;
  }

  /** What was wrong, as one text; undefined when nothing was. */
  get problems(): string | undefined {
    if (this.#problems.length === 0) return undefined;
    return [...this.#problems, ...(this.#unlisted > 0 ? [`and ${this.#unlisted} more`] : [])].join('; ');
  }

  /** The batches to store, floats and histograms apart, with the store's handles of the series. `refOf` is asked for those that are new. */
  batches(refOf: (key: string, labels: Labels) => SeriesRef): { readonly floats: SampleBatch; readonly histograms: SampleBatch; readonly exemplars: number } {
    const refs = this.#series.map(({ key, ref, labels }) => ref ?? refOf(key, labels()));
    const exemplars = this.#exemplars.map(({ series, exemplar }) => ({ ref: refs[series] ?? 0, exemplar })).filter(({ ref }) => ref !== 0);
    const withFloats = this.floats.count > 0 || this.histograms.count === 0;
    return { floats: this.floats.batch(refs, withFloats ? exemplars : []), histograms: this.histograms.batch(refs, withFloats ? [] : exemplars), exemplars: exemplars.length };
  }

  #isInTime(series: number, timestamp: number): boolean {
    if (series === NO_SERIES) return false;
    if (timestamp <= this.#maxTime && Number.isSafeInteger(timestamp)) return true;
    this.addProblem(`out of bounds: timestamp is too far in the ${timestamp > 0 ? 'future' : 'past'}, for ${this.#nameOf(series)}`);
    return false;
  }

  #nameOf(series: number): string {
    return formatLabels(this.#series[series]?.labels() ?? {});
  }
}

/** Labels of a key that was seen to be right before. */
function certain(read: ReceivedLabels): Labels {
  if (!read.ok) throw new TypeError(read.message);
  return read.labels;
}

/** Samples in columns that grow, with the number of their series in place of its handle. */
class SampleColumns {
  count = 0;
  #series = new Int32Array(64);
  #timestamps = new Float64Array(64);
  #values = new Float64Array(64);
  readonly #histograms = new Map<number, FloatHistogram>();
  readonly #startTimestamps = new Map<number, number>();

  push(series: number, timestamp: number, value: number, startTimestamp: number): void {
    const i = this.count++;
    this.#series = growInts(this.#series, this.count);
    this.#timestamps = growFloats(this.#timestamps, this.count);
    this.#values = growFloats(this.#values, this.count);
    this.#series[i] = series;
    this.#timestamps[i] = timestamp;
    this.#values[i] = value;
    if (startTimestamp !== 0) this.#startTimestamps.set(i, startTimestamp);
  }

  pushHistogram(series: number, timestamp: number, histogram: FloatHistogram, startTimestamp: number): void {
    this.#histograms.set(this.count, histogram);
    this.push(series, timestamp, NaN, startTimestamp);
  }

  batch(refs: readonly SeriesRef[], exemplars: NonNullable<SampleBatch['exemplars']>): SampleBatch {
    const column = new Int32Array(this.count);
    for (let i = 0; i < this.count; i++) column[i] = refs[this.#series[i] ?? 0] ?? 0;
    return {
      count: this.count,
      refs: column,
      timestamps: this.#timestamps,
      values: this.#values,
      ...(this.#histograms.size > 0 ? { histograms: this.#histograms } : {}),
      ...(this.#startTimestamps.size > 0 ? { startTimestamps: this.#startTimestamps } : {}),
      ...(exemplars.length > 0 ? { exemplars } : {}),
    };
  }
}
