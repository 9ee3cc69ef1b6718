import { growBytes, growFloats, growInts, growWords } from './grow-column.ts';
import type { XorMark, XorState } from './xor-chunk.ts';

/** A mark is set after every so many samples of a chunk. */
export const MARK_SAMPLES = 12;
/** So many are kept of a series: together they reach back further than the five minutes that most queries look at. */
const MARKS = 3;

/**
 * The last places in the open chunk of each series where a reader can begin. Most queries are about the last few minutes:
 * without marks they would decompress half an hour for it. They cost 90 bytes a series.
 */
export class ChunkMarks {
  #times = new Float64Array(0);
  #deltas = new Float64Array(0);
  #words = new Uint32Array(0);
  #bits = new Int32Array(0);
  #windows = new Uint8Array(0);
  // One for all: it is read before the next one is asked for.
  readonly #mark: XorMark = { bits: 0, count: 0, time: 0, delta: 0, high: 0, low: 0, leading: 0, trailing: 0 };

  /** Makes room for series below `limit`. */
  reserve(limit: number): void {
    this.#times = growFloats(this.#times, limit * MARKS);
    this.#deltas = growFloats(this.#deltas, limit * MARKS);
    this.#words = growWords(this.#words, limit * MARKS * 2);
    this.#bits = growInts(this.#bits, limit * MARKS);
    this.#windows = growBytes(this.#windows, limit * MARKS * 2);
  }

  /** Keeps the state of a chunk after a multiple of MARK_SAMPLES samples; `bits` from the beginning of the chunk. */
  set(series: number, state: XorState, bits: number): void {
    const at = series * MARKS + ((state.count / MARK_SAMPLES) % MARKS);
    this.#times[at] = state.time;
    this.#deltas[at] = state.delta;
    this.#words[2 * at] = state.high;
    this.#words[2 * at + 1] = state.low;
    this.#bits[at] = bits;
    // A chunk whose value never changed has no window yet; its reader begins with none either.
    this.#windows[2 * at] = Math.max(0, state.leading);
    this.#windows[2 * at + 1] = state.trailing;
  }

  /** The last mark of a chunk of `count` samples that is before `start` (Unix ms); valid until the next call. */
  before(series: number, count: number, start: number): XorMark | undefined {
    const newest = Math.floor(count / MARK_SAMPLES);
    for (let number = newest; number > Math.max(0, newest - MARKS); number--) {
      const at = series * MARKS + (number % MARKS);
      const time = this.#times[at] ?? Infinity;
      if (time >= start) continue;
      const mark = this.#mark;
      mark.bits = this.#bits[at] ?? 0;
      mark.count = number * MARK_SAMPLES;
      mark.time = time;
      mark.delta = this.#deltas[at] ?? 0;
      mark.high = this.#words[2 * at] ?? 0;
      mark.low = this.#words[2 * at + 1] ?? 0;
      mark.leading = this.#windows[2 * at] ?? 0;
      mark.trailing = this.#windows[2 * at + 1] ?? 0;
      return mark;
    }
    return undefined;
  }
}
