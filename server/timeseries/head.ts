import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import type { Commit, CommitSeries } from './commit.ts';
import type { EncodedChunk } from './encoded-chunk.ts';
import { growInts } from './grow-column.ts';
import { compileMatcher } from './label-matcher.ts';
import { compileSets, namesOf, valuesOf, withLabel } from './label-queries.ts';
import { LabelSets, type LabelSetId } from './label-sets.ts';
import { compareLabels, labelValue } from './labels.ts';
import { mergeSamples } from './merge-samples.ts';
import { OutOfOrderSamples } from './out-of-order.ts';
import { PostingsIndex } from './postings-index.ts';
import { SampleBuffer } from './sample-buffer.ts';
import { selectPostings, type PostingsSource } from './select-postings.ts';
import { SeriesChunks } from './series-chunks.ts';
import { sameValue } from './stale-marker.ts';
import type { LabelMatcher, Labels, LazySelection, Querier, SeriesRef, SeriesSamples, TimeRange } from './storage.ts';

export interface HeadOptions {
  /** Label sets that are shared with blocks; its own ones by default. */
  readonly labelSets?: LabelSets;
  /** Chunks do not cross multiples of this. Default 2 hours. */
  readonly rangeMs?: number;
  /** Bounds what `append` takes: samples of further series are refused. */
  readonly maxSeries?: number;
}

/** What became of a sample that was appended by its labels, by Prometheus' rules (tsdb/head_append.go `appendable`). */
export type AppendOutcome = 'appended' | 'repeated' | 'duplicate' | 'out-of-order' | 'series-limit';

const RANGE_MS = 7_200_000;
const UNKNOWN = -1;

/**
 * All series in memory, with their index. Holds no files. The database applies commits to it; as a store of its own, for
 * tests and scripts, it takes samples by their labels.
 */
export class Head implements Querier {
  readonly labelSets: LabelSets;
  readonly #chunks: SeriesChunks;
  readonly #index = new PostingsIndex();
  readonly #maxSeries: number;
  /** A sample this much older than the newest of all is out of order, even for a series that has none as new. */
  readonly #slackMs: number;
  /** For what is looked at and not given away. */
  readonly #scratch = new SampleBuffer();
  readonly #outOfOrder = new Map<LabelSetId, OutOfOrderSamples>();
  /** The label set of a handle; UNKNOWN where there is none. */
  #idOfRef = new Int32Array(0);
  /** The handle of a label set; 0 where the write side has dropped it, or where it never had one. */
  #refOfId = new Int32Array(0);
  /** The label sets that are in the index. */
  readonly #members = new Set<LabelSetId>();
  #nextRef = 1;
  #outOfOrderSamples = 0;
  #validFrom = -Infinity;
  #maxTime = -Infinity;
  /** Samples before this are out of order in the commit at hand. */
  #inOrderFrom = -Infinity;
  #unknownSamples = 0;

  constructor({ labelSets, rangeMs, maxSeries }: HeadOptions = {}) {
    this.labelSets = labelSets ?? new LabelSets();
    const index = this.#index;
    this.#source = {
      get limit() {
        return index.limit;
      },
      all: () => index.all(),
      lists: (name) => index.lists(name),
      valueOf: (id, name) => labelValue(this.labelSets.labels(id), name),
    };
    this.#chunks = new SeriesChunks(rangeMs ?? RANGE_MS);
    this.#slackMs = (rangeMs ?? RANGE_MS) / 2;
    this.#maxSeries = maxSeries ?? Infinity;
  }

  get seriesCount(): number {
    return this.#members.size;
  }
  /** Samples in memory, those out of order included. */
  get sampleCount(): number {
    return this.#chunks.samples + this.#outOfOrderSamples;
  }
  get outOfOrderCount(): number {
    return this.#outOfOrderSamples;
  }
  get chunkCount(): number {
    return this.#chunks.chunks;
  }
  get chunkBytes(): number {
    return this.#chunks.chunkBytes;
  }
  /** Samples of handles that no commit had defined. */
  get unknownSamples(): number {
    return this.#unknownSamples;
  }
  /** The lowest handle that was never seen. */
  get nextRef(): SeriesRef {
    return this.#nextRef;
  }
  /** Unix ms of the newest sample that was ever taken; -Infinity when there was none. */
  get maxTime(): number {
    return this.#maxTime;
  }
  /** Unix ms of the oldest sample in memory that came in order; Infinity when there is none. */
  get minTime(): number {
    let min = Infinity;
    for (const id of this.#members) min = Math.min(min, this.#chunks.firstTime(id));
    return min;
  }
  /** Samples before this (Unix ms) that came in order are in blocks. */
  get validFrom(): number {
    return this.#validFrom;
  }

  /** Makes a series known by its handle. One whose labels are known already goes on under the new handle. */
  define(ref: SeriesRef, labels: Labels): LabelSetId {
    const id = this.#join(labels);
    if (ref >= this.#idOfRef.length) {
      const before = this.#idOfRef.length;
      this.#idOfRef = growInts(this.#idOfRef, ref + 1).fill(UNKNOWN, before);
    }
    this.#idOfRef[ref] = id;
    this.#refOfId[id] = ref;
    if (ref >= this.#nextRef) this.#nextRef = ref + 1;
    return id;
  }

  /**
   * Takes the samples of a commit. Each goes to the end of its series, or among those out of order when it is older than
   * the last there, or much older than the newest of all: so nothing comes in order any more into a time that is written
   * to a block (tsdb/head.go `appendableMinValidTime`). A commit that was applied before does no harm. During `replay`,
   * samples that came in order and are in blocks by now are passed over.
   */
  apply(commit: Commit, replay = false): void {
    for (const { ref, labels } of commit.series) this.define(ref, labels);
    const { count, refs, timestamps, values, histograms, startTimestamps } = commit;
    // Fixed for a commit, as the reference and the write side do, which may bring in hours of one series after the other.
    this.#inOrderFrom = (this.#maxTime === -Infinity ? (timestamps[0] ?? 0) : this.#maxTime) - this.#slackMs;
    const plain = histograms === undefined && startTimestamps === undefined;
    for (let i = 0; i < count; i++) {
      const id = this.#idOfRef[refs[i] ?? 0] ?? UNKNOWN;
      if (id === UNKNOWN) this.#unknownSamples++;
      else if (plain) this.#take(id, timestamps[i] ?? 0, values[i] ?? NaN, undefined, 0, replay);
      else this.#take(id, timestamps[i] ?? 0, values[i] ?? NaN, histograms?.get(i), startTimestamps?.get(i) ?? 0, replay);
    }
    for (const ref of commit.dropped) {
      const id = this.#idOfRef[ref] ?? UNKNOWN;
      if (id === UNKNOWN) continue;
      this.#idOfRef[ref] = UNKNOWN;
      if (this.#refOfId[id] === ref) this.#refOfId[id] = 0;
    }
  }

  /** Takes one sample by its labels; `time` is rounded to whole milliseconds. Older samples than the last are refused. */
  append(labels: Labels, time: number, value: number, histogram?: FloatHistogram, startTimestamp = 0): { readonly outcome: AppendOutcome } {
    const known = this.labelSets.intern(labels);
    if (!this.#members.has(known) && this.#members.size >= this.#maxSeries) return { outcome: 'series-limit' };
    const id = this.#join(labels);
    const at = Math.round(time);
    const last = this.#chunks.lastTime(id);
    if (at < last) return { outcome: 'out-of-order' };
    if (at === last) return { outcome: this.#isLast(id, value, histogram) ? 'repeated' : 'duplicate' };
    // Scripts load one series after the other: for them only the order within a series counts.
    this.#chunks.append(id, at, value, histogram, startTimestamp);
    this.#maxTime = Math.max(this.#maxTime, at);
    return { outcome: 'appended' };
  }

  /** Every series that has a handle, whether it has samples in memory or not. */
  *known(): Generator<CommitSeries & { readonly id: LabelSetId; readonly lastTime: number; readonly lastValue: number }> {
    for (const id of this.#members) {
      const ref = this.#refOfId[id] ?? 0;
      if (ref !== 0) yield { ref, id, labels: this.labelSets.labels(id), lastTime: this.#chunks.lastTime(id), lastValue: this.#chunks.lastValue(id) };
    }
  }
  /** The ids of all series in the index. */
  ids(): IterableIterator<LabelSetId> {
    return this.#members.values();
  }
  /** The label set of a handle, if it is known. */
  idOf(ref: SeriesRef): LabelSetId | undefined {
    const id = this.#idOfRef[ref] ?? UNKNOWN;
    return id === UNKNOWN ? undefined : id;
  }
  has(id: LabelSetId): boolean {
    return this.#members.has(id);
  }
  refOf(id: LabelSetId): SeriesRef {
    return this.#refOfId[id] ?? 0;
  }
  lastTime(id: LabelSetId): number {
    return this.#chunks.lastTime(id);
  }
  lastValue(id: LabelSetId): number {
    return this.#chunks.lastValue(id);
  }
  /** The chunks of a series that begin from `start` on and before `end`; valid until the head changes. */
  encoded(id: LabelSetId, start?: number, end?: number): EncodedChunk[] {
    return this.#chunks.encoded(id, start, end);
  }
  outOfOrder(id: LabelSetId): OutOfOrderSamples | undefined {
    return this.#outOfOrder.get(id);
  }
  /** The ids of series with samples out of order. */
  outOfOrderIds(): IterableIterator<LabelSetId> {
    return this.#outOfOrder.keys();
  }

  /** Puts back what a snapshot held of a series that was just defined. */
  restore(id: LabelSetId, chunks: readonly EncodedChunk[], lastTime: number, lastValue: number, late: SeriesSamples | undefined): void {
    this.#chunks.restore(id, chunks, this.#scratch);
    this.#chunks.advance(id, lastTime, lastValue);
    this.#maxTime = Math.max(this.#maxTime, lastTime);
    late?.timestamps.forEach((time, i) => this.#insertLate(id, time, late.values[i] ?? NaN, late.histograms?.[i], late.startTimestamps?.[i] ?? 0));
  }

  /** Says that all samples before `time` (Unix ms) that came in order are in blocks. */
  setValidFrom(time: number): void {
    this.#validFrom = Math.max(this.#validFrom, time);
  }

  /** Drops chunks that end before `cutoff`, and series that have neither samples nor a handle; gives how many series went. */
  dropBefore(cutoff: number): number {
    const gone = new Map<LabelSetId, Labels>();
    for (const id of this.#members) {
      this.#chunks.dropBefore(id, cutoff);
      if (this.#chunks.isEmpty(id) && (this.#refOfId[id] ?? 0) === 0 && !this.#outOfOrder.has(id)) gone.set(id, this.labelSets.labels(id));
    }
    if (gone.size === 0) return 0;
    for (const id of gone.keys()) this.#members.delete(id);
    this.#index.remove(gone);
    return gone.size;
  }
  /** Takes samples out of order at just these times out of memory: they are in a block now. */
  removeLate(id: LabelSetId, times: Float64Array): void {
    const late = this.#outOfOrder.get(id);
    if (late === undefined) return;
    this.#outOfOrderSamples -= late.remove(times);
    if (late.count === 0) this.#outOfOrder.delete(id);
  }

  /** Ids of the series that satisfy the matchers, rising; valid until the head changes. Throws InvalidMatcherError. */
  matching(matchers: readonly LabelMatcher[]): Int32Array {
    return selectPostings(this.#source, matchers.map(compileMatcher));
  }
  /** No more samples than this has a series between two times. */
  bound(id: LabelSetId, start: number, end: number): number {
    return this.#chunks.bound(id, start, end) + (this.#outOfOrder.get(id)?.bound(start, end) ?? 0);
  }
  /** The samples of one series between two times; undefined when there are none. */
  read(id: LabelSetId, start: number, end: number, buffer: SampleBuffer): SeriesSamples | undefined {
    const bound = this.#chunks.bound(id, start, end);
    const late = this.#outOfOrderSamples === 0 ? undefined : this.#outOfOrder.get(id);
    const lateBound = late?.bound(start, end) ?? 0;
    if (bound + lateBound === 0) return undefined;
    const labels = this.labelSets.labels(id);
    buffer.begin(bound);
    if (bound > 0) this.#chunks.read(id, start, end, buffer);
    const inOrder = buffer.finish(labels);
    if (late === undefined || lateBound === 0) return inOrder;
    buffer.begin(lateBound);
    late.read(start, end, buffer);
    const others = buffer.finish(labels);
    return mergeSamples(labels, [inOrder, others].filter((piece) => piece !== undefined), buffer);
  }

  select(matchers: readonly LabelMatcher[], range: TimeRange): SeriesSamples[] {
    const buffer = new SampleBuffer();
    const out: SeriesSamples[] = [];
    for (const id of this.matching(matchers)) {
      const samples = this.read(id, range.start, range.end, buffer);
      if (samples !== undefined) out.push(samples);
    }
    return out;
  }
  selectLazily(matchers: readonly LabelMatcher[], { start, end }: TimeRange): LazySelection {
    const ids = this.matching(matchers).slice();
    let atMost = 0;
    for (const id of ids) atMost += this.bound(id, start, end);
    return { atMost, series: this.#readEach(ids, start, end) };
  }
  series(matchers: readonly LabelMatcher[][], range: TimeRange): Labels[] {
    return Array.from(this.overlapping(matchers, range), this.#labelsOf).sort(compareLabels);
  }
  labelNames(matchers: readonly LabelMatcher[][], range: TimeRange): string[] {
    return namesOf(Array.from(this.overlapping(matchers, range), this.#labelsOf));
  }
  labelValues(name: string, matchers: readonly LabelMatcher[][], range: TimeRange): string[] {
    return valuesOf(Array.from(this.overlapping(withLabel(matchers, name), range), this.#labelsOf), name);
  }

  /** Ids of the series that satisfy any of the sets and whose samples reach into a time range. Throws InvalidMatcherError. */
  overlapping(sets: readonly LabelMatcher[][], { start, end }: TimeRange): Set<LabelSetId> {
    const found = new Set<LabelSetId>();
    for (const matchers of compileSets(sets)) {
      for (const id of selectPostings(this.#source, matchers)) {
        const late = this.#outOfOrder.get(id);
        if ((!this.#chunks.isEmpty(id) && this.#chunks.firstTime(id) <= end && this.#chunks.lastTime(id) >= start) || (late?.bound(start, end) ?? 0) > 0) found.add(id);
      }
    }
    return found;
  }

  readonly #source: PostingsSource;

  *#readEach(ids: Int32Array, start: number, end: number): Generator<SeriesSamples> {
    const buffer = new SampleBuffer();
    for (const id of ids) {
      const samples = this.read(id, start, end, buffer);
      if (samples !== undefined) yield samples;
    }
  }

  readonly #labelsOf = (id: LabelSetId): Labels => this.labelSets.labels(id);

  #join(labels: Labels): LabelSetId {
    const id = this.labelSets.intern(labels);
    if (this.#members.has(id)) return id;
    this.#members.add(id);
    this.#chunks.open(id);
    this.#refOfId = growInts(this.#refOfId, id + 1);
    this.#refOfId[id] = 0;
    this.#index.add(id, this.labelSets.labels(id));
    return id;
  }

  #isLast(id: LabelSetId, value: number, histogram: FloatHistogram | undefined): boolean {
    const last = this.#chunks.lastHistogram(id);
    if (histogram === undefined) return last === undefined && sameValue(value, this.#chunks.lastValue(id));
    return last !== undefined && last.count === histogram.count && last.sum === histogram.sum;
  }

  #take(id: LabelSetId, time: number, value: number, histogram: FloatHistogram | undefined, start: number, replay: boolean): void {
    const last = this.#chunks.lastTime(id);
    if (time > last && time >= this.#inOrderFrom) {
      if (time > this.#maxTime) this.#maxTime = time;
      if (time >= this.#validFrom) this.#chunks.append(id, time, value, histogram, start);
      else if (replay) this.#chunks.advance(id, time, value);
      else this.#insertLate(id, time, value, histogram, start);
    } else if (time !== last && !(replay && this.#holds(id, time))) this.#insertLate(id, time, value, histogram, start);
  }

  /** Whether there is a sample at a time among those in order: it was in the snapshot already. */
  #holds(id: LabelSetId, time: number): boolean {
    const bound = this.#chunks.bound(id, time, time);
    if (bound === 0) return false;
    const buffer = this.#scratch;
    buffer.begin(bound);
    this.#chunks.read(id, time, time, buffer);
    return buffer.at > buffer.first;
  }

  #insertLate(id: LabelSetId, time: number, value: number, histogram: FloatHistogram | undefined, start: number): void {
    let late = this.#outOfOrder.get(id);
    if (late === undefined) this.#outOfOrder.set(id, (late = new OutOfOrderSamples()));
    if (late.insert(time, value, histogram, start)) this.#outOfOrderSamples++;
  }
}
