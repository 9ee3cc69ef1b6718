import { mergeLayouts } from '#server/histogram/bucket-layout.ts';
import { detectReset } from '#server/histogram/detect-reset.ts';
import type { BucketSpan, FloatHistogram } from '#server/histogram/float-histogram.ts';

/**
 * The newest histograms of a series that Prometheus' store keeps in one chunk: gauges, or a counter without reset, of one
 * resolution. All have the buckets that any of them has, and what follows in a counter's run is known to be no reset.
 * Source: tsdb/chunkenc/float_histogram.go appendable, recode; histogram_meta.go counterResetHint.
 */
export class HistogramRun {
  readonly #histograms: (FloatHistogram | undefined)[];
  /** Index of the first histogram of the run; those up to the end belong to it. */
  #start = 0;

  /** `histograms` are those of all samples of a series so far, undefined for floats; they are changed in place. */
  constructor(histograms: (FloatHistogram | undefined)[]) {
    this.#histograms = histograms;
  }

  /** Appends a histogram, as the store gives it back. */
  append(histogram: FloatHistogram): void {
    const all = this.#histograms;
    const previous = all.at(-1);
    if (previous === undefined || !belongTogether(previous, histogram)) {
      this.#start = all.length;
      all.push({ ...histogram, counterResetHint: histogram.counterResetHint === 'gauge' ? 'gauge' : 'unknown' });
      return;
    }
    const positive = mergeLayouts(previous.positiveSpans, histogram.positiveSpans, 0);
    const negative = mergeLayouts(previous.negativeSpans, histogram.negativeSpans, 0);
    for (let i = this.#start; i < all.length; i++) {
      const one = all[i];
      if (one !== undefined) all[i] = spread(one, positive.spans, positive.placeOfA, negative.spans, negative.placeOfA);
    }
    const hint = histogram.counterResetHint === 'gauge' ? 'gauge' : 'not-reset';
    all.push({ ...spread(histogram, positive.spans, positive.placeOfB, negative.spans, negative.placeOfB), counterResetHint: hint });
  }
}

function belongTogether(previous: FloatHistogram, histogram: FloatHistogram): boolean {
  const gauge = histogram.counterResetHint === 'gauge';
  if (gauge !== (previous.counterResetHint === 'gauge') || histogram.counterResetHint === 'reset') return false;
  if (histogram.schema !== previous.schema || histogram.zeroThreshold !== previous.zeroThreshold) return false;
  if (histogram.customValues.join() !== previous.customValues.join()) return false;
  return gauge || !detectReset({ ...histogram, counterResetHint: 'unknown' }, previous);
}

function spread(histogram: FloatHistogram, positiveSpans: readonly BucketSpan[], positivePlaces: readonly number[], negativeSpans: readonly BucketSpan[], negativePlaces: readonly number[]): FloatHistogram {
  return {
    ...histogram,
    positiveSpans,
    positiveBuckets: place(histogram.positiveBuckets, positivePlaces, positiveSpans),
    negativeSpans,
    negativeBuckets: place(histogram.negativeBuckets, negativePlaces, negativeSpans),
  };
}

function place(buckets: readonly number[], places: readonly number[], spans: readonly BucketSpan[]): number[] {
  const out = Array.from({ length: spans.reduce((sum, { length }) => sum + length, 0) }, () => 0);
  buckets.forEach((count, i) => {
    out[places[i] ?? 0] = count;
  });
  return out;
}
