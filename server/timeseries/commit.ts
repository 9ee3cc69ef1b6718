import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import type { Exemplar, Labels, MetricMetadata, SeriesRef } from './storage.ts';

/** A series and the handle under which commits name it from then on. */
export interface CommitSeries {
  readonly ref: SeriesRef;
  readonly labels: Labels;
}

/**
 * One accepted write, as it is logged and as the database applies it. Columns as in `SampleBatch`, but every sample was
 * judged already: each is newer than the last of its series, or within the out-of-order window. Every ref is defined
 * by `series` of this or an earlier commit.
 */
export interface Commit {
  /** Series that are new with this commit. */
  readonly series: readonly CommitSeries[];
  /** How many entries of the columns count. */
  readonly count: number;
  readonly refs: Int32Array;
  /** Unix ms, whole. */
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  /** By index of the sample, whose value is NaN. */
  readonly histograms?: ReadonlyMap<number, FloatHistogram>;
  /** By index of the sample, Unix ms. */
  readonly startTimestamps?: ReadonlyMap<number, number>;
  readonly exemplars: readonly { readonly ref: SeriesRef; readonly exemplar: Exemplar }[];
  /** Type, help and unit by metric name. */
  readonly metadata: readonly (readonly [metricName: string, metadata: MetricMetadata])[];
  /** Series that the store will not write to again under this handle. */
  readonly dropped: Int32Array;
}

/** A commit that holds nothing: to be spread into one that holds something. */
export const EMPTY_COMMIT: Commit = {
  series: [],
  count: 0,
  refs: new Int32Array(0),
  timestamps: new Float64Array(0),
  values: new Float64Array(0),
  exemplars: [],
  metadata: [],
  dropped: new Int32Array(0),
};
