import { constants, crc32, zstdCompressSync } from 'node:zlib';
import type { PagePlace } from './block-meta.ts';

/** Pages smaller than this are not packed: it would save nothing. */
const MIN_PACKED = 64;

/** Collects pages for a file and knows where each will be. */
export class PageSink {
  readonly #level: number;
  #pieces: Uint8Array[] = [];
  #offset: number;

  /** `offset`: where in the file the first page will be; `level` of zstd. */
  constructor(offset: number, level: number) {
    this.#offset = offset;
    this.#level = level;
  }

  get offset(): number {
    return this.#offset;
  }

  /** The page is kept as it is when packing does not make it smaller. */
  add(raw: Uint8Array): PagePlace {
    const packed = raw.length < MIN_PACKED ? raw : zstdCompressSync(raw, { params: { [constants.ZSTD_c_compressionLevel]: this.#level } });
    const stored = packed.length < raw.length ? packed : raw;
    this.#pieces.push(stored);
    const place: PagePlace = [this.#offset, stored.length, raw.length, crc32(stored)];
    this.#offset += stored.length;
    return place;
  }

  /** The pages since the last time. */
  take(): Uint8Array[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }
}
