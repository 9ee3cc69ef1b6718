import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHUNKS_FILE, INDEX_FILE, PAGE_BYTES, type BlockChunk, type BlockMeta } from './block-format.ts';
import { BlockIndex } from './block-index.ts';
import { DamagedDataError } from './byte-reader.ts';
import { decodeChunk, type ChunkPlace, type EncodedChunk } from './encoded-chunk.ts';
import type { LabelSetId, LabelSets } from './label-sets.ts';
import type { PageCache, PagedFile } from './page-cache.ts';
import type { SampleBuffer } from './sample-buffer.ts';
import type { SeriesSamples } from './storage.ts';

const UNKNOWN = -1;

/** A block that is open for reading: its index is in memory, its chunks come through the cache of pages. */
export class OpenBlock {
  readonly meta: BlockMeta;
  readonly index: BlockIndex;
  /** It must not be closed: someone goes on reading it after other work was done. */
  held = false;
  readonly #file: PagedFile;
  readonly #cache: PageCache;
  readonly #labelSets: LabelSets;
  readonly #ids: Int32Array;
  readonly #damagedPages: Set<number>;

  /** Throws DamagedDataError when the index is damaged, and on I/O errors. `damagedPages` gets the pages that cannot be read. */
  constructor(path: string, id: number, meta: BlockMeta, cache: PageCache, labelSets: LabelSets, damagedPages: Set<number>) {
    this.meta = meta;
    this.index = new BlockIndex(readFileSync(join(path, INDEX_FILE)));
    this.#file = { id, descriptor: openSync(join(path, CHUNKS_FILE), 'r'), byteLength: meta.chunkBytes, checksums: this.index.pageChecksums };
    this.#cache = cache;
    this.#labelSets = labelSets;
    this.#ids = new Int32Array(this.index.limit).fill(UNKNOWN);
    this.#damagedPages = damagedPages;
  }

  close(): void {
    this.#cache.forget(this.#file.id);
    closeSync(this.#file.descriptor);
  }

  /** The store's number of the labels of a series. */
  labelSet(series: number): LabelSetId {
    let id = this.#ids[series] ?? UNKNOWN;
    if (id === UNKNOWN) this.#ids[series] = id = this.#labelSets.intern(this.index.labels(series));
    return id;
  }

  /** The chunks of a series that reach into a range of time. */
  chunksWithin(series: number, start: number, end: number): readonly BlockChunk[] {
    return this.index.chunks(series, this.meta.minTime, start, end);
  }
  /** The samples of a series between two times, both included, out of `chunksWithin`; undefined when there are none. What is damaged is left out. */
  readChunks(series: number, chunks: readonly BlockChunk[], start: number, end: number, buffer: SampleBuffer): SeriesSamples | undefined {
    if (chunks.length === 0) return undefined;
    buffer.begin(chunks.reduce((sum, chunk) => sum + chunk.count, 0));
    for (const chunk of chunks) {
      const place = this.#place(chunk);
      if (place === undefined) continue;
      const before = buffer.at;
      try {
        decodeChunk(chunk.kind, place, chunk.count, chunk.minTime, start, end, buffer);
      } catch (error) {
        if (!(error instanceof DamagedDataError || error instanceof RangeError)) throw error;
        buffer.at = before;
        this.#damagedPages.add(Math.floor(chunk.offset / PAGE_BYTES));
      }
    }
    return buffer.finish(this.#labelSets.labels(this.labelSet(series)));
  }

  /** The chunks of a series as they are stored; those on damaged pages are left out. Valid until the next call. */
  encoded(series: number): EncodedChunk[] {
    return this.index.chunks(series, this.meta.minTime, -Infinity, Infinity).flatMap((chunk) => {
      const place = this.#place(chunk);
      return place === undefined ? [] : { kind: chunk.kind, minTime: chunk.minTime, maxTime: chunk.maxTime, count: chunk.count, bytes: place.bytes.subarray(place.offset, place.offset + chunk.length) };
    });
  }

  #place({ offset, length }: BlockChunk): ChunkPlace | undefined {
    const page = Math.floor(offset / PAGE_BYTES);
    const within = offset - page * PAGE_BYTES;
    const read = this.#cache.read(this.#file, page, within + length);
    if (read === undefined) {
      this.#damagedPages.add(page);
      return undefined;
    }
    return { bytes: read.bytes, view: read.view, offset: within, length };
  }
}
