import { HistogramKahanMean, HistogramKahanSum } from '#server/histogram/arithmetic.ts';
import type { FloatHistogram } from '#server/histogram/float-histogram.ts';

/** A sum or mean of histograms, which remembers what the person should be told about its parts. */
export class HistogramTotal {
  readonly #kind: 'sum' | 'mean';
  #total: HistogramKahanSum | HistogramKahanMean | undefined;
  #resetSeen = false;
  #noResetSeen = false;
  #boundsReconciled = false;

  constructor(kind: 'sum' | 'mean') {
    this.#kind = kind;
  }

  /** Whether one part tells of a counter reset and another that there was none. */
  get resetCollision(): boolean {
    return this.#resetSeen && this.#noResetSeen;
  }
  /** Whether custom bounds differed and had to be reconciled. */
  get boundsReconciled(): boolean {
    return this.#boundsReconciled;
  }

  /** Takes one in; false when exponential and custom buckets meet: there is no total then. */
  add(histogram: FloatHistogram): boolean {
    if (histogram.counterResetHint === 'reset') this.#resetSeen = true;
    else if (histogram.counterResetHint === 'not-reset') this.#noResetSeen = true;
    if (this.#total === undefined) {
      this.#total = this.#kind === 'sum' ? new HistogramKahanSum(histogram) : new HistogramKahanMean(histogram);
      return true;
    }
    const added = this.#total.add(histogram);
    if (added.kind === 'incompatible') return false;
    this.#boundsReconciled ||= added.nhcbBoundsReconciled;
    return true;
  }

  /** The total, not compacted; undefined when nothing was added. */
  result(): FloatHistogram | undefined {
    return this.#total?.result();
  }
}
