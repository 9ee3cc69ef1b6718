import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import { HIGH_WORD, LOW_WORD } from './bit-stream.ts';
import { ChunkMarks, MARK_SAMPLES } from './chunk-marks.ts';
import { ChunkTable } from './chunk-table.ts';
import { CHUNK_KIND, decodeChunk, type ChunkKind, type EncodedChunk } from './encoded-chunk.ts';
import { growBytes, growFloats, growInts, growWords } from './grow-column.ts';
import { HistogramEncoder } from './histogram-chunk.ts';
import { continuationOf, firstHint } from './histogram-run.ts';
import type { SampleBuffer } from './sample-buffer.ts';
import { SlabAllocator } from './slab-allocator.ts';
import { isStaleMarker } from './stale-marker.ts';
import { appendXor, emptyXorState, type XorState } from './xor-chunk.ts';

/** As in Prometheus (tsdb/head.go DefaultSamplesPerChunk): reading a few samples decodes few others. */
const SAMPLES_PER_CHUNK = 120;
/** Prometheus tsdb/chunkenc/chunk.go TargetBytesPerHistogramChunk and MinSamplesPerHistogramChunk, twice the former. */
const HISTOGRAM_CHUNK_BYTES = 2048;
const HISTOGRAM_CHUNK_SAMPLES = 10;
const FIRST_CHUNK_BYTES = 48;
const SAMPLE_BYTES = 20;
const SAMPLE_BYTES_WITH_START = 29;

const NOTHING_OPEN = 255;

interface OpenHistograms {
  readonly encoder: HistogramEncoder;
  last: FloatHistogram;
}

/**
 * The samples in memory of many series, by small series numbers: the last chunk of each is compressed while it grows, its
 * state in columns, its bytes in a slab. No series has an object of its own unless it has histograms. Samples come in
 * time order; a chunk never crosses a multiple of `rangeMs`, so that blocks take whole chunks.
 * Source of the rules when to cut: Prometheus tsdb/head_append.go, `appendPreprocessor`.
 */
export class SeriesChunks {
  readonly #rangeMs: number;
  readonly #slab = new SlabAllocator();
  readonly #sealed = new ChunkTable(this.#slab);
  readonly #histograms = new Map<number, OpenHistograms>();
  readonly #starts = new Map<number, number>();
  readonly #state: XorState = emptyXorState(new Uint8Array(0));
  #limit = 0;
  #samples = 0;
  #openKinds = new Uint8Array(0);
  #counts = new Uint8Array(0);
  #addresses = new Int32Array(0);
  #capacities = new Int32Array(0);
  #bits = new Int32Array(0);
  #minTimes = new Float64Array(0);
  #times = new Float64Array(0);
  #deltas = new Float64Array(0);
  // Two words for each series: the bits of its last value.
  #lastWords = new Uint32Array(0);
  /** Where reading of the last samples can begin. */
  readonly #marks = new ChunkMarks();
  #leading = new Uint8Array(0);
  #trailing = new Uint8Array(0);

  constructor(rangeMs: number) {
    this.#rangeMs = rangeMs;
  }

  get samples(): number {
    return this.#samples;
  }
  /** Sealed and open ones. */
  get chunks(): number {
    let open = 0;
    for (let i = 0; i < this.#limit; i++) if (this.#openKinds[i] !== NOTHING_OPEN) open++;
    return this.#sealed.chunks + open;
  }
  get chunkBytes(): number {
    return this.#slab.usedBytes;
  }

  /** Makes a series empty: its number is new, or given again. */
  open(series: number): void {
    if (series >= this.#minTimes.length) this.#grow(series + 1);
    this.#limit = Math.max(this.#limit, series + 1);
    this.#openKinds[series] = NOTHING_OPEN;
    this.#setLast(series, -Infinity, NaN);
    this.#sealed.reserve(series + 1);
  }

  /** Unix ms of the newest sample that a series ever had; -Infinity when there never was one. */
  lastTime(series: number): number {
    return this.#times[series] ?? -Infinity;
  }
  /** Its value; NaN when it is a histogram. */
  lastValue(series: number): number {
    doubleWords[0] = this.#lastWords[2 * series] ?? 0;
    doubleWords[1] = this.#lastWords[2 * series + 1] ?? 0;
    return doubles[0] ?? NaN;
  }
  lastHistogram(series: number): FloatHistogram | undefined {
    return this.#histograms.get(series)?.last;
  }
  /** Unix ms of the oldest sample in memory; Infinity when there is none. */
  firstTime(series: number): number {
    const first = this.#sealed.first(series);
    if (first >= 0) return this.#sealed.minTime(first);
    return this.#openKinds[series] === NOTHING_OPEN ? Infinity : (this.#minTimes[series] ?? Infinity);
  }
  isEmpty(series: number): boolean {
    return this.#openKinds[series] === NOTHING_OPEN && this.#sealed.first(series) < 0;
  }

  /** Adds a sample, which must be newer than the last of its series. A stale histogram becomes a staleness marker. */
  append(series: number, time: number, value: number, histogram: FloatHistogram | undefined, start: number): void {
    this.#samples++;
    if (histogram !== undefined && !isStaleMarker(histogram.sum)) this.#appendHistogram(series, time, histogram, start);
    else this.#appendFloat(series, time, histogram === undefined ? value : histogram.sum, start);
  }

  /** At most how many samples a series has between two times, both included. */
  bound(series: number, start: number, end: number): number {
    const sealed = this.#sealed;
    let bound = 0;
    for (let chunk = sealed.first(series); chunk >= 0 && sealed.minTime(chunk) <= end; chunk = sealed.next(chunk)) {
      if (sealed.maxTime(chunk) >= start) bound += sealed.count(chunk);
    }
    if (this.#openOverlaps(series, start, end)) bound += this.#openCount(series);
    return bound;
  }

  /** Adds the samples between two times, both included, to `out`, which has room for `bound` of them. */
  read(series: number, start: number, end: number, out: SampleBuffer): void {
    const sealed = this.#sealed;
    const slab = this.#slab;
    for (let chunk = sealed.first(series); chunk >= 0 && sealed.minTime(chunk) <= end; chunk = sealed.next(chunk)) {
      if (sealed.maxTime(chunk) < start) continue;
      const address = sealed.address(chunk);
      const place = { bytes: slab.bytes(address), view: slab.view(address), offset: slab.offset(address), length: sealed.byteLength(chunk) };
      decodeChunk(sealed.kind(chunk), place, sealed.count(chunk), sealed.minTime(chunk), start, end, out);
    }
    if (!this.#openOverlaps(series, start, end)) return;
    const kind = this.#openKind(series);
    const minTime = this.#minTimes[series] ?? 0;
    if (kind === CHUNK_KIND.histograms) {
      const bytes = this.#histograms.get(series)?.encoder.padded() ?? new Uint8Array(0);
      decodeChunk(kind, { bytes, view: new DataView(bytes.buffer), offset: 0, length: bytes.length }, this.#openCount(series), minTime, start, end, out);
      return;
    }
    const address = this.#addresses[series] ?? 0;
    const mark = kind === CHUNK_KIND.floats ? this.#marks.before(series, this.#openCount(series), start) : undefined;
    decodeChunk(kind, { bytes: slab.bytes(address), view: slab.view(address), offset: slab.offset(address), length: 0 }, this.#openCount(series), minTime, start, end, out, mark);
  }

  /** The chunks of a series that begin from `start` on and before `end`, in time order: views, valid until the next change. */
  encoded(series: number, start = -Infinity, end = Infinity): EncodedChunk[] {
    const chunks: EncodedChunk[] = [];
    const sealed = this.#sealed;
    for (let chunk = sealed.first(series); chunk >= 0 && sealed.minTime(chunk) < end; chunk = sealed.next(chunk)) {
      if (sealed.minTime(chunk) >= start) chunks.push(sealed.encoded(chunk));
    }
    const minTime = this.#minTimes[series] ?? 0;
    if (this.#openKinds[series] !== NOTHING_OPEN && minTime >= start && minTime < end) {
      chunks.push({ kind: this.#openKind(series), minTime, maxTime: this.lastTime(series), count: this.#openCount(series), bytes: this.#openBytes(series) });
    }
    return chunks;
  }

  /** Puts chunks into a series that was just opened. The last one goes on growing, so that restarts leave no short ones. */
  restore(series: number, chunks: readonly EncodedChunk[], decoded: SampleBuffer): void {
    const last = chunks.at(-1);
    if (last === undefined) return;
    for (const chunk of chunks.slice(0, -1)) {
      this.#sealed.pushCopy(series, chunk);
      this.#samples += chunk.count;
    }
    decoded.begin(last.count);
    const padded = new Uint8Array(last.bytes.length + 8);
    padded.set(last.bytes);
    decodeChunk(last.kind, { bytes: padded, view: new DataView(padded.buffer), offset: 0, length: last.bytes.length }, last.count, last.minTime, -Infinity, Infinity, decoded);
    const samples = decoded.finish({});
    samples?.timestamps.forEach((time, i) => {
      const histogram = samples.histograms?.[i];
      const kept = i === 0 || histogram === undefined || histogram.counterResetHint === 'gauge';
      // The hint of the first one tells how the chunk began; it is kept by beginning it in the same way.
      if (i === 0 && histogram !== undefined) this.#beginHistograms(series, time, histogram, histogram.counterResetHint);
      this.append(series, time, samples.values[i] ?? NaN, kept ? histogram : { ...histogram, counterResetHint: 'unknown' }, samples.startTimestamps?.[i] ?? 0);
    });
  }

  /** Says that the newest sample of a series was at `time`, although it is not here but in a block. */
  advance(series: number, time: number, value: number): void {
    if (time <= this.lastTime(series)) return;
    this.#seal(series);
    this.#setLast(series, time, value);
  }

  /** Drops chunks that end before `cutoff`; the last time of the series stays known. */
  dropBefore(series: number, cutoff: number): void {
    if (series >= this.#limit) return;
    this.#samples -= this.#sealed.dropBefore(series, cutoff);
    if (this.#openKinds[series] === NOTHING_OPEN || this.lastTime(series) >= cutoff) return;
    this.#samples -= this.#openCount(series);
    if (this.#openKind(series) === CHUNK_KIND.histograms) this.#histograms.delete(series);
    else this.#slab.free(this.#addresses[series] ?? 0, this.#capacities[series] ?? 0);
    this.#starts.delete(series);
    this.#openKinds[series] = NOTHING_OPEN;
  }

  #appendFloat(series: number, time: number, value: number, start: number): void {
    const kind = start === 0 ? CHUNK_KIND.floats : CHUNK_KIND.floatsWithStarts;
    const open = this.#openKinds[series];
    let fresh = open !== kind;
    if (!fresh && ((this.#counts[series] ?? 0) >= SAMPLES_PER_CHUNK || this.#crosses(series, time))) fresh = true;
    const withStarts = kind === CHUNK_KIND.floatsWithStarts;
    if (fresh) {
      this.#seal(series);
      this.#openKinds[series] = kind;
      this.#minTimes[series] = time;
      this.#addresses[series] = this.#slab.allocate(FIRST_CHUNK_BYTES);
      this.#capacities[series] = SlabAllocator.capacityOf(FIRST_CHUNK_BYTES);
    } else {
      const needed = ((this.#bits[series] ?? 0) >>> 3) + (withStarts ? SAMPLE_BYTES_WITH_START : SAMPLE_BYTES);
      if (needed > (this.#capacities[series] ?? 0)) this.#widen(series, needed);
    }
    const state = this.#state;
    const address = this.#addresses[series] ?? 0;
    const base = this.#slab.offset(address) * 8;
    const words = this.#lastWords;
    state.bytes = this.#slab.bytes(address);
    state.count = fresh ? 0 : (this.#counts[series] ?? 0);
    state.bits = base + (fresh ? 0 : (this.#bits[series] ?? 0));
    state.time = this.#times[series] ?? 0;
    state.delta = this.#deltas[series] ?? 0;
    state.high = words[2 * series + HIGH_WORD] ?? 0;
    state.low = words[2 * series + LOW_WORD] ?? 0;
    const leading = this.#leading[series] ?? NOTHING_OPEN;
    state.leading = leading === NOTHING_OPEN ? -1 : leading;
    state.trailing = this.#trailing[series] ?? 0;
    if (withStarts) state.start = this.#starts.get(series) ?? 0;
    appendXor(state, time, value, withStarts, start);
    this.#counts[series] = state.count;
    this.#bits[series] = state.bits - base;
    this.#times[series] = time;
    this.#deltas[series] = state.delta;
    words[2 * series + HIGH_WORD] = state.high;
    words[2 * series + LOW_WORD] = state.low;
    this.#leading[series] = state.leading < 0 ? NOTHING_OPEN : state.leading;
    this.#trailing[series] = state.trailing;
    if (withStarts) this.#starts.set(series, state.start);
    else if (state.count % MARK_SAMPLES === 0) this.#marks.set(series, state, state.bits - base);
  }

  #appendHistogram(series: number, time: number, histogram: FloatHistogram, start: number): void {
    const open = this.#histograms.get(series);
    if (open === undefined) this.#beginHistograms(series, time, histogram, firstHint(histogram, 'broken'));
    else if (open.encoder.count > 0) {
      const full = this.#crosses(series, time) || (open.encoder.byteLength >= HISTOGRAM_CHUNK_BYTES && open.encoder.count >= HISTOGRAM_CHUNK_SAMPLES);
      const continuation = continuationOf(open.last, histogram);
      if (full || continuation !== 'same') this.#beginHistograms(series, time, histogram, firstHint(histogram, full ? 'broken' : continuation));
    }
    const current = this.#histograms.get(series);
    current?.encoder.append(time, histogram, start);
    if (current !== undefined) current.last = histogram;
    this.#setLast(series, time, NaN);
  }

  #beginHistograms(series: number, time: number, first: FloatHistogram, hint: FloatHistogram['counterResetHint']): void {
    this.#seal(series);
    this.#openKinds[series] = CHUNK_KIND.histograms;
    this.#minTimes[series] = time;
    this.#histograms.set(series, { encoder: new HistogramEncoder(first, hint, time), last: first });
  }

  #crosses(series: number, time: number): boolean {
    return Math.floor(time / this.#rangeMs) !== Math.floor((this.#minTimes[series] ?? 0) / this.#rangeMs);
  }

  #setLast(series: number, time: number, value: number): void {
    this.#times[series] = time;
    doubles[0] = value;
    this.#lastWords[2 * series] = doubleWords[0] ?? 0;
    this.#lastWords[2 * series + 1] = doubleWords[1] ?? 0;
  }

  /** Moves what is open to the sealed chunks, into memory of just its size. */
  #seal(series: number): void {
    if (this.#openKinds[series] === NOTHING_OPEN) return;
    this.#sealed.pushCopy(series, { kind: this.#openKind(series), minTime: this.#minTimes[series] ?? 0, maxTime: this.lastTime(series), count: this.#openCount(series), bytes: this.#openBytes(series) });
    if (this.#openKind(series) === CHUNK_KIND.histograms) this.#histograms.delete(series);
    else this.#slab.free(this.#addresses[series] ?? 0, this.#capacities[series] ?? 0);
    this.#starts.delete(series);
    this.#openKinds[series] = NOTHING_OPEN;
  }

  #widen(series: number, needed: number): void {
    const before = this.#addresses[series] ?? 0;
    const capacity = this.#capacities[series] ?? 0;
    const wanted = Math.max(needed, Math.ceil(capacity * 1.5));
    const address = this.#slab.allocate(wanted);
    const from = this.#slab.offset(before);
    this.#slab.bytes(address).set(this.#slab.bytes(before).subarray(from, from + capacity), this.#slab.offset(address));
    this.#slab.free(before, capacity);
    this.#addresses[series] = address;
    this.#capacities[series] = SlabAllocator.capacityOf(wanted);
  }

  #openKind(series: number): ChunkKind {
    const kind = this.#openKinds[series];
    return kind === CHUNK_KIND.histograms || kind === CHUNK_KIND.floatsWithStarts ? kind : CHUNK_KIND.floats;
  }
  #openCount(series: number): number {
    return this.#openKinds[series] === CHUNK_KIND.histograms ? (this.#histograms.get(series)?.encoder.count ?? 0) : (this.#counts[series] ?? 0);
  }
  #openOverlaps(series: number, start: number, end: number): boolean {
    return this.#openKinds[series] !== NOTHING_OPEN && (this.#minTimes[series] ?? 0) <= end && this.lastTime(series) >= start;
  }
  #openBytes(series: number): Uint8Array {
    if (this.#openKinds[series] === CHUNK_KIND.histograms) {
      const encoder = this.#histograms.get(series)?.encoder;
      return encoder === undefined ? new Uint8Array(0) : encoder.padded().subarray(0, encoder.byteLength);
    }
    const address = this.#addresses[series] ?? 0;
    const offset = this.#slab.offset(address);
    return this.#slab.bytes(address).subarray(offset, offset + (((this.#bits[series] ?? 0) + 7) >>> 3));
  }

  #grow(needed: number): void {
    // The others grow at least as long as this one, which therefore tells when to grow.
    const before = this.#minTimes.length;
    this.#minTimes = growFloats(this.#minTimes, needed);
    const { length } = this.#minTimes;
    this.#times = growFloats(this.#times, length).fill(-Infinity, before);
    this.#deltas = growFloats(this.#deltas, length);
    this.#lastWords = growWords(this.#lastWords, length * 2);
    this.#addresses = growInts(this.#addresses, length);
    this.#capacities = growInts(this.#capacities, length);
    this.#bits = growInts(this.#bits, length);
    this.#counts = growBytes(this.#counts, length);
    this.#leading = growBytes(this.#leading, length);
    this.#trailing = growBytes(this.#trailing, length);
    this.#marks.reserve(length);
    this.#openKinds = growBytes(this.#openKinds, length).fill(NOTHING_OPEN, before);
  }
}

const doubles = new Float64Array(1);
const doubleWords = new Uint32Array(doubles.buffer);
