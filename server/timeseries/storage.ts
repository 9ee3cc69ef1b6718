import type { FloatHistogram } from '#server/histogram/float-histogram.ts';

/**
 * The storage seam of metrics. PromQL evaluates over `Querier` only; the scraper writes through `Appender`.
 * Times are Unix milliseconds. Source of the shapes: Prometheus storage/interface.go.
 */
export type Labels = Readonly<Record<string, string>>;

export type MatchOp = '=' | '!=' | '=~' | '!~';
/** A label matcher. Regexes are RE2 and anchored at both ends; a missing label counts as ''. */
export interface LabelMatcher {
  readonly name: string;
  readonly op: MatchOp;
  readonly value: string;
}

/**
 * One series with its samples in time order; `values[i]` was taken at `timestamps[i]`. Staleness markers are kept (see
 * STALE_NAN). A store gives the same `labels` object for the same series every time, so that what is computed from it
 * can be kept by identity.
 */
export interface SeriesSamples {
  readonly labels: Labels;
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  /** Native histograms at the index of their sample, whose value is then NaN; absent when the series has floats only. */
  readonly histograms?: readonly (FloatHistogram | undefined)[];
  /** When the counter behind a sample began to count, Unix ms, 0 = not known; absent when it is known for none. */
  readonly startTimestamps?: Float64Array;
}
export interface TimeRange {
  /** Inclusive, Unix ms. */
  readonly start: number;
  readonly end: number;
}

export interface LazySelection {
  /** No more samples than this are in it; known without reading them. */
  readonly atMost: number;
  /** May be gone through once, before anything is written to the store. */
  readonly series: Iterable<SeriesSamples>;
}

/** Reads. Implementations: the embedded store. (A remote Prometheus is a MetricsBackend: it evaluates by itself.) */
export interface Querier {
  select(matchers: readonly LabelMatcher[], range: TimeRange): SeriesSamples[];
  /** The same for more samples than memory should hold: each series is read when its turn comes. Stores may lack it. */
  selectLazily?(matchers: readonly LabelMatcher[], range: TimeRange): LazySelection;
  labelNames(matchers: readonly LabelMatcher[][], range: TimeRange): string[];
  labelValues(name: string, matchers: readonly LabelMatcher[][], range: TimeRange): string[];
  series(matchers: readonly LabelMatcher[][], range: TimeRange): Labels[];
}

/** A reference from a metric to one trace (OpenMetrics). `timestamp` in Unix ms. */
export interface Exemplar {
  readonly labels: Labels;
  readonly value: number;
  readonly timestamp: number;
}
export interface SeriesExemplars {
  readonly seriesLabels: Labels;
  /** In time order. */
  readonly exemplars: readonly Exemplar[];
}
/** Reads exemplars of the series that match any of the matcher sets. */
export interface ExemplarQuerier {
  exemplars(matchers: readonly LabelMatcher[][], range: TimeRange): SeriesExemplars[];
}

export interface Sample {
  readonly labels: Labels;
  readonly timestamp: number;
  /** NaN when `histogram` is there. */
  readonly value: number;
  readonly histogram?: FloatHistogram;
  /** When the counter began to count, Unix ms. */
  readonly startTimestamp?: number;
}
export interface MetricMetadata { readonly type: string; readonly help: string; readonly unit: string }

/** A store's handle of a series: a whole number from 1 on. 0 stands for a series the store refuses. */
export type SeriesRef = number;

/** Samples in columns: the fast way in. Only the first `count` entries of the columns count. */
export interface SampleBatch {
  readonly count: number;
  readonly refs: Int32Array;
  /** Unix ms. */
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  /** Histograms by index; the value there is NaN. */
  readonly histograms?: ReadonlyMap<number, FloatHistogram>;
  /** Start timestamps by index, Unix ms. */
  readonly startTimestamps?: ReadonlyMap<number, number>;
  readonly exemplars?: readonly { readonly ref: SeriesRef; readonly exemplar: Exemplar }[];
}

/** What became of the samples of a batch. Those that were dropped were so by Prometheus' rules; the others are stored. */
export interface AppendResult {
  readonly appended: number;
  /** The same time with another value. (The same time with the same value is taken as appended.) */
  readonly duplicate: number;
  /** Older than the newest sample of their series, and out-of-order samples are not allowed. */
  readonly outOfOrder: number;
  /** Older than the out-of-order window, or than what is kept. */
  readonly tooOld: number;
  /** Of series the store refused because it holds as many as it may. */
  readonly seriesLimit: number;
}

/** Writes. What was appended survives a `kill -9` once the promise is resolved. */
export interface Appender {
  /** Grows when series were dropped from the store: refs taken under an older epoch must be asked for again. */
  readonly epoch: number;
  /** The handle of a series, which is made when it is new. 0 when the store takes no further series. */
  ref(labels: Labels): SeriesRef;
  /** Rejects with a ServerError, and stores nothing of it, when the disk refuses. Samples of ref 0 count as `seriesLimit`. */
  appendBatch(batch: SampleBatch): Promise<AppendResult>;
  /** The same for few samples by labels. */
  append(samples: readonly Sample[]): Promise<AppendResult>;
  setMetadata(metricName: string, metadata: MetricMetadata): void;
}

const staleBits = new DataView(new ArrayBuffer(8));
staleBits.setBigUint64(0, 0x7ff0000000000002n);
/** Prometheus' staleness marker: the NaN with bits 0x7ff0000000000002 (model/value/value.go). */
export const STALE_NAN: number = staleBits.getFloat64(0);
