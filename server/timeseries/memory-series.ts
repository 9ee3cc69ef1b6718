import { lowerBound } from './lower-bound.ts';
import { canonicalValue, sameValue } from './stale-marker.ts';
import type { Labels, SeriesSamples } from './storage.ts';
import { decodeChunk, encodeChunk, type SealedChunk } from './plain-xor-chunk.ts';

/** What became of a sample, by Prometheus' rules (tsdb/head_append.go `appendable`). */
export type AppendOutcome = 'appended' | 'repeated' | 'duplicate' | 'out-of-order';

const CHUNK_SAMPLES = 120;
const FIRST_CAPACITY = 8;

/** One series of the head: sealed chunks and the open one, in time order. */
export class MemorySeries {
  readonly ref: number;
  readonly labels: Labels;
  readonly key: string;
  #sealed: SealedChunk[] = [];
  // Never reused after sealing, so that slices handed to queries stay valid.
  #times = new Float64Array(FIRST_CAPACITY);
  #values = new Float64Array(FIRST_CAPACITY);
  #count = 0;
  #lastTime = -Infinity;
  #lastValue = NaN;

  constructor(ref: number, labels: Labels, key: string) {
    this.ref = ref;
    this.labels = labels;
    this.key = key;
  }

  /** Unix ms of the newest sample; -Infinity when there never was one. */
  get lastTime(): number {
    return this.#lastTime;
  }
  /** Unix ms of the oldest kept sample; Infinity when there is none. */
  get firstTime(): number {
    return this.#sealed[0]?.minTime ?? (this.#count > 0 ? (this.#times[0] ?? Infinity) : Infinity);
  }
  get sampleCount(): number {
    return this.#sealed.reduce((sum, chunk) => sum + chunk.count, this.#count);
  }

  /** Adds a sample. The same time with the same value is `repeated` (harmless), with another value `duplicate`. */
  append(time: number, value: number): AppendOutcome {
    if (time <= this.#lastTime) {
      if (time < this.#lastTime) return 'out-of-order';
      return sameValue(value, this.#lastValue) ? 'repeated' : 'duplicate';
    }
    if (this.#count === CHUNK_SAMPLES) this.#seal();
    else if (this.#count === this.#times.length) this.#grow();
    const stored = canonicalValue(value);
    this.#times[this.#count] = time;
    this.#values[this.#count] = stored;
    this.#count++;
    this.#lastTime = time;
    this.#lastValue = stored;
    return 'appended';
  }

  /** The samples from `start` to `end`, both included; undefined when there are none. */
  read(start: number, end: number): SeriesSamples | undefined {
    if (end < this.firstTime || start > this.#lastTime) return undefined;
    const needed = this.#sealed.filter((chunk) => chunk.maxTime >= start && chunk.minTime <= end);
    const from = lowerBound(this.#times, this.#count, start);
    const to = lowerBound(this.#times, this.#count, end + 0.5);
    if (needed.length === 0) {
      if (from >= to) return undefined;
      return { labels: this.labels, timestamps: this.#times.subarray(from, to), values: this.#values.subarray(from, to) };
    }
    const total = needed.reduce((sum, chunk) => sum + chunk.count, to - from);
    const timestamps = new Float64Array(total);
    const values = new Float64Array(total);
    let at = 0;
    for (const chunk of needed) at = decodeChunk(chunk, timestamps, values, at);
    timestamps.set(this.#times.subarray(from, to), at);
    values.set(this.#values.subarray(from, to), at);
    const first = lowerBound(timestamps, total, start);
    const last = lowerBound(timestamps, total, end + 0.5);
    if (first >= last) return undefined;
    return { labels: this.labels, timestamps: timestamps.subarray(first, last), values: values.subarray(first, last) };
  }

  /** Drops whole chunks that end before `cutoff`; true when no sample is left. */
  dropBefore(cutoff: number): boolean {
    const kept = this.#sealed.findIndex((chunk) => chunk.maxTime >= cutoff);
    if (kept !== 0 && this.#sealed.length > 0) this.#sealed = kept < 0 ? [] : this.#sealed.slice(kept);
    if (this.#sealed.length === 0 && this.#lastTime < cutoff) this.#count = 0;
    return this.#sealed.length === 0 && this.#count === 0;
  }

  /** Everything as sealed chunks, the open one compressed for the occasion: what a snapshot stores. */
  toChunks(): SealedChunk[] {
    if (this.#count === 0) return this.#sealed;
    return [...this.#sealed, encodeChunk(this.#times, this.#values, this.#count)];
  }

  /** Puts a snapshot's chunks into a fresh series. */
  restore(chunks: readonly SealedChunk[]): void {
    const last = chunks.at(-1);
    if (last === undefined) return;
    const values = new Float64Array(last.count);
    const times = new Float64Array(Math.max(FIRST_CAPACITY, last.count));
    decodeChunk(last, times, values, 0);
    this.#lastTime = last.maxTime;
    this.#lastValue = values[last.count - 1] ?? NaN;
    if (last.count >= CHUNK_SAMPLES) {
      this.#sealed = [...chunks];
      return;
    }
    // The last chunk goes on growing, else every restart would leave a short chunk behind.
    this.#sealed = chunks.slice(0, -1);
    this.#times = times;
    this.#values = new Float64Array(times.length);
    this.#values.set(values);
    this.#count = last.count;
  }

  #seal(): void {
    this.#sealed.push(encodeChunk(this.#times, this.#values, this.#count));
    this.#times = new Float64Array(CHUNK_SAMPLES);
    this.#values = new Float64Array(CHUNK_SAMPLES);
    this.#count = 0;
  }

  #grow(): void {
    const capacity = Math.min(CHUNK_SAMPLES, this.#times.length * 2);
    const times = new Float64Array(capacity);
    const values = new Float64Array(capacity);
    times.set(this.#times);
    values.set(this.#values);
    this.#times = times;
    this.#values = values;
  }
}
