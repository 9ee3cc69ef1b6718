import { equalHistograms } from '#server/histogram/equal-histograms.ts';
import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import { SeriesIdentity } from './series-identity.ts';
import { canonicalValue, sameValue } from './stale-marker.ts';
import type { AppendResult, Labels, SampleBatch, SeriesRef } from './storage.ts';

export interface SeriesRegistryOptions {
  /** Most series at a time; further ones are refused. */
  readonly maxSeries: number;
  /** How much older than the newest sample of the store a sample may be that is not the newest of its series, in ms. */
  readonly outOfOrderWindowMs: number;
  /** The time range of one block: without a window, samples older than half of it before the newest are too old. */
  readonly blockRangeMs: number;
}

/** What the registry let through of a batch, and how to take that back. */
export interface Admission {
  readonly result: AppendResult;
  /** Series of which no sample was admitted before, or whose admission was taken back. */
  readonly fresh: readonly { readonly ref: SeriesRef; readonly labels: Labels }[];
  /** The samples to write. Valid until the next call of the registry; only the first `count` entries count. */
  readonly count: number;
  readonly refs: Int32Array;
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  readonly histograms: ReadonlyMap<number, FloatHistogram>;
  readonly startTimestamps: ReadonlyMap<number, number>;
  /** Undoes it. Later admissions must have been undone before. */
  undo(): void;
}

/** A batch names a series that was dropped after its ref was taken. */
export class StaleRefError extends Error {
  override readonly name = 'StaleRefError';
}

const PAGE_BITS = 10;
const PAGE = 1 << PAGE_BITS;
const LIVE = 1;
/** The log knows which labels the ref stands for. */
const DEFINED = 2;
/** Was without a sample at the last drop; one that is just being made must not vanish at once. */
const IDLE = 4;
const REBUILD_AT = 0.5;

/** What is known of PAGE neighbouring refs. Pages whose series are all gone are let go. */
interface Page {
  live: number;
  readonly flags: Uint8Array;
  readonly positions: Uint32Array;
  readonly lastTimes: Float64Array;
  readonly lastValues: Float64Array;
}

/**
 * The series the store takes samples of, with the last sample of each: decides what becomes of a new sample. Refs rise and
 * are never used twice. Source of the rules: Prometheus tsdb/head_append.go `appendable` and `appendableMinValidTime`.
 */
export class SeriesRegistry {
  readonly #options: SeriesRegistryOptions;
  readonly #identity = new SeriesIdentity();
  readonly #pages: (Page | undefined)[] = [];
  /** The last histogram of the series whose last sample is one. */
  readonly #lastHistograms = new Map<SeriesRef, FloatHistogram>();
  #live = 0;
  #nextRef: number;
  #epoch = 1;
  #maxTime = -Infinity;
  #minValidTime = -Infinity;
  #refs = new Int32Array(0);
  #timestamps = new Float64Array(0);
  #values = new Float64Array(0);

  /** `firstRef` is above every ref that was used before. */
  constructor(options: SeriesRegistryOptions, firstRef = 1) {
    this.#options = options;
    this.#nextRef = firstRef;
  }

  get epoch(): number {
    return this.#epoch;
  }
  get seriesCount(): number {
    return this.#live;
  }
  /** The newest time of any sample, Unix ms; -Infinity when there is none. */
  get maxTime(): number {
    return this.#maxTime;
  }

  /** The ref of a label set, made when it is new; 0 when there are as many series as there may be. */
  ref(labels: Labels): SeriesRef {
    const known = this.#identity.find(labels);
    if (known !== undefined) return known;
    return this.#live >= this.#options.maxSeries ? 0 : this.#create(this.#nextRef, labels);
  }

  /** Whether the log knows the labels of a ref, so that records may name it. */
  isDefined(ref: SeriesRef): boolean {
    return ((this.#pages[ref >>> PAGE_BITS]?.flags[ref & (PAGE - 1)] ?? 0) & DEFINED) !== 0;
  }

  /** Puts back a series that the log knows, with its last sample. Also beyond the limit: what is stored stays. */
  restore(ref: SeriesRef, labels: Labels, lastTime: number, lastValue: number): void {
    if (this.#identity.find(labels) !== undefined) return;
    this.#create(ref, labels);
    const page = this.#page(ref);
    const at = ref & (PAGE - 1);
    page.flags[at] = LIVE | DEFINED;
    page.lastTimes[at] = lastTime;
    page.lastValues[at] = lastValue;
    if (lastTime > this.#maxTime) this.#maxTime = lastTime;
  }

  /** Samples before this time (Unix ms) are in blocks already: no further ones are taken without an out-of-order window. */
  raiseMinValidTime(time: number): void {
    this.#minValidTime = Math.max(this.#minValidTime, time);
  }

  /** Decides about each sample of a batch and takes those to write for the newest of their series. Throws StaleRefError. */
  admit(batch: SampleBatch): Admission {
    const { count } = batch;
    for (let i = 0; i < count; i++) if ((batch.refs[i] ?? 0) !== 0) this.#flagsOf(batch.refs[i] ?? 0);
    this.#reserve(count);
    // Fixed for the batch, as the reference fixes them for an appender.
    const newest = this.#maxTime === -Infinity && count > 0 ? Math.round(batch.timestamps[0] ?? 0) : this.#maxTime;
    const minValid = Math.max(newest - this.#options.blockRangeMs / 2, this.#minValidTime);
    const window = this.#options.outOfOrderWindowMs;
    const undo = new UndoLog(count);
    const histograms = new Map<number, FloatHistogram>();
    const startTimestamps = new Map<number, number>();
    const fresh: { ref: SeriesRef; labels: Labels }[] = [];
    const maxTimeBefore = this.#maxTime;
    let taken = 0;
    let repeated = 0;
    let duplicate = 0;
    let outOfOrder = 0;
    let tooOld = 0;
    let seriesLimit = 0;
    for (let i = 0; i < count; i++) {
      const ref = batch.refs[i] ?? 0;
      if (ref === 0) {
        seriesLimit++;
        continue;
      }
      const time = Math.round(batch.timestamps[i] ?? NaN);
      const value = canonicalValue(batch.values[i] ?? NaN);
      const histogram = batch.histograms?.get(i);
      const page = this.#page(ref);
      const at = ref & (PAGE - 1);
      const last = page.lastTimes[at] ?? -Infinity;
      if (time >= minValid && time > last) {
        undo.push(ref, last, page.lastValues[at] ?? NaN, this.#lastHistograms.get(ref));
        this.#setLast(page, ref, time, value, histogram);
      } else if (time >= minValid && time === last) {
        if (this.#repeats(page, ref, value, histogram)) repeated++;
        else duplicate++;
        continue;
      } else if (!(window > 0 && time >= newest - window)) {
        if (window > 0 || !(time >= minValid)) tooOld++;
        else outOfOrder++;
        continue;
      } else if (last === -Infinity) {
        // The first of its series although out of order: whatever comes in order later is newer.
        undo.push(ref, last, NaN, undefined);
        this.#setLast(page, ref, time, value, histogram);
      }
      if (((page.flags[at] ?? 0) & DEFINED) === 0) {
        page.flags[at] = LIVE | DEFINED;
        fresh.push({ ref, labels: this.#identity.labels(page.positions[at] ?? 0) });
      }
      this.#refs[taken] = ref;
      this.#timestamps[taken] = time;
      this.#values[taken] = value;
      if (histogram !== undefined) histograms.set(taken, histogram);
      const started = batch.startTimestamps?.get(i);
      if (started !== undefined) startTimestamps.set(taken, started);
      taken++;
    }
    return {
      result: { appended: taken + repeated, duplicate, outOfOrder, tooOld, seriesLimit },
      fresh,
      count: taken,
      refs: this.#refs,
      timestamps: this.#timestamps,
      values: this.#values,
      histograms,
      startTimestamps,
      undo: () => {
        undo.each((ref, time, value, histogram) => this.#setLast(this.#page(ref), ref, time, value, histogram));
        for (const { ref } of fresh) this.#page(ref).flags[ref & (PAGE - 1)] = LIVE;
        this.#maxTime = maxTimeBefore;
      },
    };
  }

  /** Forgets the series without a sample since `cutoff` (Unix ms) and grows the epoch; gives those the log knows. */
  dropBefore(cutoff: number): Int32Array {
    const gone: number[] = [];
    let dropped = 0;
    for (const [index, page] of this.#pages.entries()) {
      if (page === undefined) continue;
      for (let at = 0; at < PAGE; at++) {
        const flags = page.flags[at] ?? 0;
        const last = page.lastTimes[at] ?? 0;
        if ((flags & LIVE) === 0 || last >= cutoff) continue;
        if (last === -Infinity && (flags & IDLE) === 0) {
          page.flags[at] = flags | IDLE;
          continue;
        }
        const ref = (index << PAGE_BITS) | at;
        this.#identity.remove(page.positions[at] ?? 0);
        this.#lastHistograms.delete(ref);
        page.flags[at] = 0;
        page.live--;
        dropped++;
        if ((flags & DEFINED) !== 0) gone.push(ref);
      }
      // The page that new refs go to stays.
      if (page.live === 0 && (index + 1) << PAGE_BITS <= this.#nextRef) this.#pages[index] = undefined;
    }
    if (dropped > 0) {
      this.#live -= dropped;
      this.#epoch++;
      if (this.#identity.garbageRatio > REBUILD_AT) this.#rebuild();
    }
    return Int32Array.from(gone);
  }

  #create(ref: SeriesRef, labels: Labels): SeriesRef {
    const index = ref >>> PAGE_BITS;
    const page = (this.#pages[index] ??= { live: 0, flags: new Uint8Array(PAGE), positions: new Uint32Array(PAGE), lastTimes: new Float64Array(PAGE).fill(-Infinity), lastValues: new Float64Array(PAGE) });
    page.positions[ref & (PAGE - 1)] = this.#identity.add(labels, ref);
    page.flags[ref & (PAGE - 1)] = LIVE;
    page.live++;
    this.#live++;
    this.#nextRef = Math.max(this.#nextRef, ref + 1);
    return ref;
  }

  #page(ref: SeriesRef): Page {
    const page = this.#pages[ref >>> PAGE_BITS];
    if (page === undefined) throw new StaleRefError(`series ${ref} is not known; ask for refs again when the epoch has grown`);
    return page;
  }

  #flagsOf(ref: SeriesRef): number {
    const flags = this.#page(ref).flags[ref & (PAGE - 1)] ?? 0;
    if ((flags & LIVE) === 0) throw new StaleRefError(`series ${ref} was dropped; ask for refs again when the epoch has grown`);
    return flags;
  }

  #setLast(page: Page, ref: SeriesRef, time: number, value: number, histogram: FloatHistogram | undefined): void {
    page.lastTimes[ref & (PAGE - 1)] = time;
    page.lastValues[ref & (PAGE - 1)] = value;
    if (histogram !== undefined) this.#lastHistograms.set(ref, histogram);
    else if (this.#lastHistograms.size > 0) this.#lastHistograms.delete(ref);
    if (time > this.#maxTime) this.#maxTime = time;
  }

  #repeats(page: Page, ref: SeriesRef, value: number, histogram: FloatHistogram | undefined): boolean {
    const last = this.#lastHistograms.get(ref);
    if (histogram !== undefined || last !== undefined) return histogram !== undefined && last !== undefined && equalHistograms(histogram, last);
    return sameValue(value, page.lastValues[ref & (PAGE - 1)] ?? NaN);
  }

  #rebuild(): void {
    const pages = this.#pages;
    function* live(): Generator<{ slot: number; position: number }> {
      for (const [index, page] of pages.entries()) {
        if (page === undefined) continue;
        for (let at = 0; at < PAGE; at++) if (((page.flags[at] ?? 0) & LIVE) !== 0) yield { slot: (index << PAGE_BITS) | at, position: page.positions[at] ?? 0 };
      }
    }
    for (const [ref, position] of this.#identity.rebuild(live())) this.#page(ref).positions[ref & (PAGE - 1)] = position;
  }

  #reserve(count: number): void {
    if (count <= this.#refs.length) return;
    this.#refs = new Int32Array(count);
    this.#timestamps = new Float64Array(count);
    this.#values = new Float64Array(count);
  }
}

/** What the last samples were before a batch; read backwards, because a series may come twice in one. */
class UndoLog {
  readonly #refs: Int32Array;
  readonly #times: Float64Array;
  readonly #values: Float64Array;
  readonly #histograms = new Map<number, FloatHistogram>();
  #count = 0;

  constructor(capacity: number) {
    this.#refs = new Int32Array(capacity);
    this.#times = new Float64Array(capacity);
    this.#values = new Float64Array(capacity);
  }

  push(ref: SeriesRef, time: number, value: number, histogram: FloatHistogram | undefined): void {
    this.#refs[this.#count] = ref;
    this.#times[this.#count] = time;
    this.#values[this.#count] = value;
    if (histogram !== undefined) this.#histograms.set(this.#count, histogram);
    this.#count++;
  }

  each(visit: (ref: SeriesRef, time: number, value: number, histogram: FloatHistogram | undefined) => void): void {
    for (let i = this.#count - 1; i >= 0; i--) visit(this.#refs[i] ?? 0, this.#times[i] ?? 0, this.#values[i] ?? 0, this.#histograms.get(i));
  }
}
