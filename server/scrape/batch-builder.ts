import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import type { Exemplar, SampleBatch, SeriesRef } from '#server/timeseries/storage.ts';

/** Samples on their way into the store, in columns that never grow: made for as many as there can be. */
export class BatchBuilder {
  readonly refs: Int32Array;
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  #count = 0;
  #histograms: Map<number, FloatHistogram> | undefined;
  #startTimestamps: Map<number, number> | undefined;
  #exemplars: { readonly ref: SeriesRef; readonly exemplar: Exemplar }[] | undefined;

  constructor(capacity: number) {
    this.refs = new Int32Array(capacity);
    this.timestamps = new Float64Array(capacity);
    this.values = new Float64Array(capacity);
  }

  get count(): number {
    return this.#count;
  }

  /** Takes a sample; `timestamp` in Unix ms. Gives its index. */
  push(ref: number, timestamp: number, value: number): number {
    const i = this.#count++;
    this.refs[i] = ref;
    this.timestamps[i] = timestamp;
    this.values[i] = value;
    return i;
  }
  setHistogram(index: number, histogram: FloatHistogram): void {
    (this.#histograms ??= new Map()).set(index, histogram);
  }
  setStartTimestamp(index: number, timestamp: number): void {
    (this.#startTimestamps ??= new Map()).set(index, timestamp);
  }
  addExemplar(ref: SeriesRef, exemplar: Exemplar): void {
    (this.#exemplars ??= []).push({ ref, exemplar });
  }

  build(): SampleBatch {
    return {
      count: this.#count,
      refs: this.refs,
      timestamps: this.timestamps,
      values: this.values,
      ...(this.#histograms === undefined ? {} : { histograms: this.#histograms }),
      ...(this.#startTimestamps === undefined ? {} : { startTimestamps: this.#startTimestamps }),
      ...(this.#exemplars === undefined ? {} : { exemplars: this.#exemplars }),
    };
  }
}
