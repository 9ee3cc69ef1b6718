import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import { growFloats } from './grow-column.ts';
import { lowerBound } from './lower-bound.ts';
import type { SampleBuffer } from './sample-buffer.ts';

/**
 * Samples of one series that came later than newer ones, in time order. Of two at one time the first that came is kept,
 * as in Prometheus tsdb/ooo_head.go.
 */
export class OutOfOrderSamples {
  #count = 0;
  #times = new Float64Array(0);
  #values = new Float64Array(0);
  readonly #histograms = new Map<number, FloatHistogram>();
  readonly #starts = new Map<number, number>();

  get count(): number {
    return this.#count;
  }
  /** Unix ms of the oldest and newest; Infinity and -Infinity when there are none. */
  get minTime(): number {
    return this.#count === 0 ? Infinity : (this.#times[0] ?? Infinity);
  }
  get maxTime(): number {
    return this.#times[this.#count - 1] ?? -Infinity;
  }

  /** Puts a sample in its place; false when there is one at its time. */
  insert(time: number, value: number, histogram: FloatHistogram | undefined, start: number): boolean {
    const at = lowerBound(this.#times, this.#count, time);
    if (at < this.#count && this.#times[at] === time) return false;
    this.#times = growFloats(this.#times, this.#count + 1);
    this.#values = growFloats(this.#values, this.#count + 1);
    this.#times.copyWithin(at + 1, at, this.#count);
    this.#values.copyWithin(at + 1, at, this.#count);
    this.#times[at] = time;
    this.#values[at] = value;
    this.#count++;
    // By time, so that they need not move when others are put before them.
    if (histogram !== undefined) this.#histograms.set(time, histogram);
    if (start !== 0) this.#starts.set(time, start);
    return true;
  }

  /** At most how many samples there are between two times. */
  bound(start: number, end: number): number {
    return this.#count === 0 || this.minTime > end || this.maxTime < start ? 0 : this.#count;
  }

  /** Adds the samples between two times, both included, to `out`, which has room for `bound` of them. */
  read(start: number, end: number, out: SampleBuffer): void {
    for (let i = lowerBound(this.#times, this.#count, start); i < this.#count; i++) {
      const time = this.#times[i] ?? Infinity;
      if (time > end) return;
      const histogram = this.#histograms.get(time);
      out.push(time, this.#values[i] ?? NaN, histogram === undefined || histogram.counterResetHint === 'gauge' ? histogram : { ...histogram, counterResetHint: 'unknown' }, this.#starts.get(time) ?? 0);
    }
  }

  /** Takes out the samples at some times; gives how many there were. */
  remove(times: Float64Array): number {
    const gone = new Set(times);
    let kept = 0;
    for (let i = 0; i < this.#count; i++) {
      const time = this.#times[i] ?? 0;
      if (gone.has(time)) {
        this.#histograms.delete(time);
        this.#starts.delete(time);
        continue;
      }
      // Moved as memory, which keeps the bits of staleness markers.
      this.#times[kept] = time;
      this.#values.copyWithin(kept, i, i + 1);
      kept++;
    }
    const removed = this.#count - kept;
    this.#count = kept;
    return removed;
  }
}
