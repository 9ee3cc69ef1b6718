import { readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { READ_PADDING } from './bit-stream.ts';
import { PAGE_BYTES } from './block-format.ts';

/** Bytes of a file that were checked, with READ_PADDING after them. */
export interface CachedPage {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** A file of pages with their checksums. `id` tells files apart in the cache. */
export interface PagedFile {
  readonly id: number;
  readonly descriptor: number;
  readonly byteLength: number;
  readonly checksums: Uint32Array;
}

/** Pages of files in memory, those that were used last; all files together take at most `capacity` bytes. */
export class PageCache {
  readonly #capacity: number;
  readonly #pages = new Map<string, CachedPage>();
  #bytes = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /**
   * The `length` bytes from a page on, as one piece: more than one page only for what is longer than a page. Undefined when
   * a checksum does not fit, or when the file ends before. Throws on I/O errors.
   */
  read(file: PagedFile, page: number, length: number): CachedPage | undefined {
    const key = `${file.id}/${page}`;
    const known = this.#pages.get(key);
    if (known !== undefined && known.bytes.length >= length + READ_PADDING) {
      // The last ones of a Map are those that were put in last.
      this.#pages.delete(key);
      this.#pages.set(key, known);
      return known;
    }
    const from = page * PAGE_BYTES;
    const size = Math.min(Math.ceil(length / PAGE_BYTES) * PAGE_BYTES, file.byteLength - from);
    if (size < length) return undefined;
    const bytes = new Uint8Array(size + READ_PADDING);
    if (readSync(file.descriptor, bytes, 0, size, from) !== size) return undefined;
    for (let at = 0; at < size; at += PAGE_BYTES) {
      if (crc32(bytes.subarray(at, Math.min(size, at + PAGE_BYTES))) !== file.checksums[page + at / PAGE_BYTES]) return undefined;
    }
    const read = { bytes, view: new DataView(bytes.buffer) };
    this.#pages.set(key, read);
    this.#bytes += bytes.length;
    this.#evict();
    return read;
  }

  /** Forgets the pages of a file. */
  forget(id: number): void {
    for (const [key, page] of this.#pages) if (key.startsWith(`${id}/`)) this.#drop(key, page);
  }

  #evict(): void {
    for (const [key, page] of this.#pages) {
      if (this.#bytes <= this.#capacity) return;
      this.#drop(key, page);
    }
  }
  #drop(key: string, page: CachedPage): void {
    this.#pages.delete(key);
    this.#bytes -= page.bytes.length;
  }
}
