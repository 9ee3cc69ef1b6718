import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import type { Labels, SeriesSamples } from './storage.ts';

const BLOCK_SAMPLES = 65_536;
const FIRST_SAMPLES = 1024;

/**
 * Where chunks are decoded to: columns of samples, of which each series gets its own part, so that a query of 10,000
 * series does not allocate 10,000 pairs of arrays. Times are Unix ms.
 */
export class SampleBuffer {
  times = new Float64Array(0);
  values = new Float64Array(0);
  /** The same memory as `values`: bits are set without passing through a number, which could change those of a NaN. */
  words = new Uint32Array(0);
  /** Start timestamps of the samples; only there after `needStarts`. */
  starts: Float64Array | undefined;
  /** Histograms of the series at hand by index from `first`; undefined as long as it has none. */
  histograms: (FloatHistogram | undefined)[] | undefined;
  /** The index after the last sample. */
  at = 0;
  #first = 0;
  #nextSize = FIRST_SAMPLES;
  #hasStarts = false;

  /** The index of the first sample of the series at hand. */
  get first(): number {
    return this.#first;
  }

  /** Begins a series of at most `samples` samples. */
  begin(samples: number): void {
    if (this.at + samples > this.times.length) {
      const size = Math.max(samples, this.#nextSize);
      this.#nextSize = Math.min(BLOCK_SAMPLES, this.#nextSize * 4);
      this.times = new Float64Array(size);
      this.values = new Float64Array(size);
      this.words = new Uint32Array(this.values.buffer);
      this.starts = undefined;
      this.at = 0;
    }
    this.#first = this.at;
    this.#hasStarts = false;
    this.histograms = undefined;
  }

  /** The column of start timestamps, made now if it was not there; says that the series at hand has some. */
  needStarts(): Float64Array {
    this.#hasStarts = true;
    return (this.starts ??= new Float64Array(this.times.length));
  }
  /** Adds a sample; `start` 0 stands for a start that is not known. */
  push(time: number, value: number, histogram: FloatHistogram | undefined, start: number): void {
    const index = this.at++;
    this.times[index] = time;
    this.values[index] = histogram === undefined ? value : NaN;
    if (start !== 0) this.needStarts();
    if (this.starts !== undefined) this.starts[index] = start;
    if (histogram !== undefined) (this.histograms ??= [])[index - this.#first] = histogram;
  }

  /** Adds whole columns of samples. */
  pushAll(timestamps: Float64Array, values: Float64Array, histograms: readonly (FloatHistogram | undefined)[] | undefined, starts: Float64Array | undefined): void {
    const index = this.at;
    this.times.set(timestamps, index);
    // Of one kind of array, so that the memory is copied and NaNs keep their bits.
    this.values.set(values, index);
    this.at += timestamps.length;
    if (starts !== undefined) this.needStarts().set(starts, index);
    else this.starts?.fill(0, index, this.at);
    if (histograms === undefined) return;
    const own = (this.histograms ??= []);
    for (const [i, histogram] of histograms.entries()) if (histogram !== undefined) own[index - this.#first + i] = histogram;
  }

  /** The samples since `begin`; undefined when there are none. */
  finish(labels: Labels): SeriesSamples | undefined {
    const { at, histograms, starts } = this;
    const first = this.#first;
    if (at === first) return undefined;
    const timestamps = this.times.subarray(first, at);
    const values = this.values.subarray(first, at);
    if (histograms === undefined && !this.#hasStarts) return { labels, timestamps, values };
    if (histograms !== undefined) for (let i = 0; i < at - first; i++) histograms[i] ??= undefined;
    return {
      labels,
      timestamps,
      values,
      ...(histograms === undefined ? {} : { histograms }),
      ...(this.#hasStarts && starts !== undefined ? { startTimestamps: starts.subarray(first, at) } : {}),
    };
  }
}
