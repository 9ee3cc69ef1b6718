import { CHUNK_KIND, isChunkKind, type ChunkKind, type EncodedChunk } from './encoded-chunk.ts';
import { growBytes, growFloats, growInts, growWords } from './grow-column.ts';
import type { SlabAllocator } from './slab-allocator.ts';

const NONE = -1;

/**
 * Sealed chunks of many series, in columns: each series has a chain of chunks in time order. A chunk costs about 40 bytes
 * beside its own.
 */
export class ChunkTable {
  readonly slab: SlabAllocator;
  readonly #released: number[] = [];
  #limit = 0;
  #minTimes = new Float64Array(0);
  #maxTimes = new Float64Array(0);
  #next = new Int32Array(0);
  #addresses = new Int32Array(0);
  #lengths = new Int32Array(0);
  #counts = new Uint32Array(0);
  #kinds = new Uint8Array(0);
  #first = new Int32Array(0);
  #last = new Int32Array(0);
  #chunks = 0;

  constructor(slab: SlabAllocator) {
    this.slab = slab;
  }

  get chunks(): number {
    return this.#chunks;
  }

  /** Makes room for series below `limit`. */
  reserve(limit: number): void {
    const before = this.#first.length;
    if (limit <= before) return;
    this.#first = growInts(this.#first, limit).fill(NONE, before);
    this.#last = growInts(this.#last, limit).fill(NONE, before);
  }

  /** Puts a chunk, whose bytes are in the slab already, at the end of the chain of a series. */
  push(series: number, kind: ChunkKind, minTime: number, maxTime: number, count: number, address: number, length: number): void {
    const chunk = this.#released.pop() ?? this.#limit++;
    if (chunk >= this.#minTimes.length) this.#grow(chunk + 1);
    this.#minTimes[chunk] = minTime;
    this.#maxTimes[chunk] = maxTime;
    this.#next[chunk] = NONE;
    this.#addresses[chunk] = address;
    this.#lengths[chunk] = length;
    this.#counts[chunk] = count;
    this.#kinds[chunk] = kind;
    const last = this.#last[series] ?? NONE;
    if (last === NONE) this.#first[series] = chunk;
    else this.#next[last] = chunk;
    this.#last[series] = chunk;
    this.#chunks++;
  }

  /** Copies a chunk into the slab and puts it at the end of the chain. */
  pushCopy(series: number, chunk: EncodedChunk): void {
    const address = this.slab.allocate(chunk.bytes.length);
    this.slab.bytes(address).set(chunk.bytes, this.slab.offset(address));
    this.push(series, chunk.kind, chunk.minTime, chunk.maxTime, chunk.count, address, chunk.bytes.length);
  }

  /** The first chunk of a series and the one after a chunk: -1 when there is none. */
  first(series: number): number {
    return this.#first[series] ?? NONE;
  }
  next(chunk: number): number {
    return this.#next[chunk] ?? NONE;
  }
  minTime(chunk: number): number {
    return this.#minTimes[chunk] ?? Infinity;
  }
  maxTime(chunk: number): number {
    return this.#maxTimes[chunk] ?? -Infinity;
  }
  count(chunk: number): number {
    return this.#counts[chunk] ?? 0;
  }
  kind(chunk: number): ChunkKind {
    const kind = this.#kinds[chunk] ?? 0;
    return isChunkKind(kind) ? kind : CHUNK_KIND.floats;
  }
  address(chunk: number): number {
    return this.#addresses[chunk] ?? 0;
  }
  byteLength(chunk: number): number {
    return this.#lengths[chunk] ?? 0;
  }

  /** A view on a chunk, valid until it is dropped. */
  encoded(chunk: number): EncodedChunk {
    const address = this.address(chunk);
    const offset = this.slab.offset(address);
    return { kind: this.kind(chunk), minTime: this.minTime(chunk), maxTime: this.maxTime(chunk), count: this.count(chunk), bytes: this.slab.bytes(address).subarray(offset, offset + this.byteLength(chunk)) };
  }

  /** Drops the chunks of a series that end before `cutoff`; gives how many samples went with them. */
  dropBefore(series: number, cutoff: number): number {
    let samples = 0;
    let chunk = this.first(series);
    while (chunk !== NONE && this.maxTime(chunk) < cutoff) {
      samples += this.count(chunk);
      this.slab.free(this.address(chunk), this.byteLength(chunk));
      this.#released.push(chunk);
      this.#chunks--;
      chunk = this.next(chunk);
    }
    this.#first[series] = chunk;
    if (chunk === NONE) this.#last[series] = NONE;
    return samples;
  }

  #grow(needed: number): void {
    this.#minTimes = growFloats(this.#minTimes, needed);
    const { length } = this.#minTimes;
    this.#maxTimes = growFloats(this.#maxTimes, length);
    this.#next = growInts(this.#next, length);
    this.#addresses = growInts(this.#addresses, length);
    this.#lengths = growInts(this.#lengths, length);
    this.#counts = growWords(this.#counts, length);
    this.#kinds = growBytes(this.#kinds, length);
  }
}
