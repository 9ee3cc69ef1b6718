import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { CHUNKS_FILE, INDEX_FILE, INDEX_MAGIC, META_FILE, PAGE_BYTES, type BlockMeta } from './block-format.ts';
import { blockMetaText } from './block-meta.ts';
import { ByteWriter } from './byte-writer.ts';
import type { EncodedChunk } from './encoded-chunk.ts';
import { labelValue } from './labels.ts';
import type { Labels } from './storage.ts';
import { syncDirectory } from './sync-directory.ts';

const FLUSH_PAGES = 16;
/** Series between two moments in which the process does other work: about two milliseconds. */
const SERIES_PER_SLICE = 500;

/** Lets messages and timers have their turn. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What the caller says of a block; the rest of its meta is counted while it is written. */
export type BlockPlan = Pick<BlockMeta, 'minTime' | 'maxTime' | 'validFrom' | 'level' | 'parents'>;

/**
 * Writes a block: series by series, in slices between which the process does other work. The directory gets its name only
 * when all of it is on disk, so that a crash leaves nothing but a directory that ends in `.tmp`.
 */
export class BlockWriter {
  readonly #path: string;
  readonly #plan: BlockPlan;
  readonly #chunks: FileHandle;
  readonly #crcs: number[] = [];
  #pages: Buffer[] = [];
  #page: Buffer = Buffer.alloc(PAGE_BYTES);
  #used = 0;
  #offset = 0;
  readonly #symbols = new Map<string, number>();
  readonly #series = new ByteWriter(1 << 16);
  readonly #seriesOffsets: number[] = [];
  readonly #postings = new Map<number, Map<number, number[]>>();
  #chunkCount = 0;
  #samples = 0;
  #firstSample = Infinity;
  #lastSample = -Infinity;

  private constructor(path: string, plan: BlockPlan, chunks: FileHandle) {
    this.#path = path;
    this.#plan = plan;
    this.#chunks = chunks;
  }

  /** Begins a block that will be at `path`. Throws when the disk refuses. */
  static async open(path: string, plan: BlockPlan): Promise<BlockWriter> {
    await rm(`${path}.tmp`, { recursive: true, force: true });
    await mkdir(`${path}.tmp`, { recursive: true });
    return new BlockWriter(path, plan, await open(join(`${path}.tmp`, CHUNKS_FILE), 'w'));
  }

  /** Adds a series that was not added before, with chunks in time order; one without chunks is left out. */
  async add(labels: Labels, chunks: readonly EncodedChunk[]): Promise<void> {
    const [first] = chunks;
    if (first === undefined) return;
    const series = this.#seriesOffsets.push(this.#series.length) - 1;
    this.#addLabels(series, labels);
    const out = this.#series;
    out.varint(chunks.length);
    let time = this.#plan.minTime;
    let after = 0;
    for (const { kind, minTime, maxTime, count, bytes } of chunks) {
      const offset = this.#place(bytes);
      out.u8(kind);
      out.signed(minTime - time);
      out.varint(maxTime - minTime);
      out.varint(count);
      out.varint(bytes.length);
      out.signed(offset - after);
      time = maxTime;
      after = offset + bytes.length;
      this.#samples += count;
    }
    this.#chunkCount += chunks.length;
    this.#firstSample = Math.min(this.#firstSample, first.minTime);
    this.#lastSample = Math.max(this.#lastSample, time);
    if (this.#pages.length >= FLUSH_PAGES) await this.#flush();
    else if (series % SERIES_PER_SLICE === 0) await breathe();
  }

  /** Puts the block in its place; undefined, and nothing there, when no series was added. Throws when the disk refuses. */
  async finish(): Promise<BlockMeta | undefined> {
    if (this.#seriesOffsets.length === 0) {
      await this.abandon();
      return undefined;
    }
    if (this.#used > 0) this.#closePage(this.#used);
    await this.#flush();
    await this.#chunks.sync();
    await this.#chunks.close();
    const index = await this.#index();
    const { minTime, maxTime, validFrom, level, parents } = this.#plan;
    const meta: BlockMeta = {
      version: 1,
      minTime,
      maxTime,
      firstSample: this.#firstSample,
      lastSample: this.#lastSample,
      validFrom,
      series: this.#seriesOffsets.length,
      chunks: this.#chunkCount,
      samples: this.#samples,
      chunkBytes: this.#offset,
      indexBytes: index.length,
      level,
      parents,
    };
    await this.#write(INDEX_FILE, index);
    await this.#write(META_FILE, Buffer.from(blockMetaText(meta)));
    await syncDirectory(`${this.#path}.tmp`);
    await rename(`${this.#path}.tmp`, this.#path);
    await syncDirectory(join(this.#path, '..'));
    return meta;
  }

  /** Gives the block up and takes away what was written of it. */
  async abandon(): Promise<void> {
    await this.#chunks.close().catch(() => undefined);
    await rm(`${this.#path}.tmp`, { recursive: true, force: true });
  }

  async #write(name: string, content: Uint8Array): Promise<void> {
    const file = await open(join(`${this.#path}.tmp`, name), 'w');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  #symbol(text: string): number {
    let symbol = this.#symbols.get(text);
    if (symbol === undefined) this.#symbols.set(text, (symbol = this.#symbols.size));
    return symbol;
  }

  #addLabels(series: number, labels: Labels): void {
    const names = Object.keys(labels);
    this.#series.varint(names.length);
    for (const name of names) {
      const nameSymbol = this.#symbol(name);
      const valueSymbol = this.#symbol(labelValue(labels, name));
      this.#series.varint(nameSymbol);
      this.#series.varint(valueSymbol);
      let values = this.#postings.get(nameSymbol);
      if (values === undefined) this.#postings.set(nameSymbol, (values = new Map()));
      const list = values.get(valueSymbol);
      if (list === undefined) values.set(valueSymbol, [series]);
      else list.push(series);
    }
  }

  /** Puts the bytes of a chunk into the pages; gives their place in the file. */
  #place(bytes: Uint8Array): number {
    if (this.#used + bytes.length > PAGE_BYTES && this.#used > 0) this.#closePage(PAGE_BYTES);
    const offset = this.#offset + this.#used;
    if (bytes.length <= PAGE_BYTES) {
      this.#page.set(bytes, this.#used);
      this.#used += bytes.length;
      return offset;
    }
    for (let from = 0; from < bytes.length; from += PAGE_BYTES) {
      const part = bytes.subarray(from, from + PAGE_BYTES);
      this.#page.set(part);
      this.#closePage(PAGE_BYTES);
    }
    return offset;
  }
  #closePage(length: number): void {
    const page = this.#page.subarray(0, length);
    this.#crcs.push(crc32(page));
    this.#pages.push(page);
    this.#offset += length;
    this.#page = Buffer.alloc(PAGE_BYTES);
    this.#used = 0;
  }
  async #flush(): Promise<void> {
    const pages = this.#pages;
    this.#pages = [];
    if (pages.length > 0) await this.#chunks.appendFile(Buffer.concat(pages));
  }

  /**
   * Header, words, series, lists of series by label, checksums of pages; then where each part begins, and a checksum of
   * everything before it.
   */
  async #index(): Promise<Buffer> {
    const out = new ByteWriter(this.#series.length * 2 + 1024);
    out.u32(INDEX_MAGIC);
    const starts: number[] = [];
    starts.push(out.length);
    this.#writeWords(out);
    starts.push(out.length);
    out.varint(this.#seriesOffsets.length);
    out.column(Uint32Array.from(this.#seriesOffsets), this.#seriesOffsets.length);
    out.bytes(this.#series.finish());
    await breathe();
    starts.push(out.length);
    await this.#writePostings(out);
    starts.push(out.length);
    out.varint(this.#crcs.length);
    out.column(Uint32Array.from(this.#crcs), this.#crcs.length);
    for (const start of starts) out.u32(start);
    out.u32(crc32(out.finish()));
    return out.finish();
  }

  #writeWords(out: ByteWriter): void {
    const text = new ByteWriter(1 << 16);
    const ends = new Uint32Array(this.#symbols.size);
    let i = 0;
    for (const word of this.#symbols.keys()) {
      text.bytes(Buffer.from(word));
      ends[i++] = text.length;
    }
    out.varint(ends.length);
    out.column(ends, ends.length);
    out.bytes(text.finish());
  }

  async #writePostings(out: ByteWriter): Promise<void> {
    out.varint(this.#postings.size);
    for (const [name, values] of this.#postings) {
      const lists = new ByteWriter(1024);
      const words = new Uint32Array(values.size);
      const ends = new Uint32Array(values.size);
      let i = 0;
      for (const [value, list] of values) {
        let before = 0;
        for (const series of list) {
          lists.varint(series - before);
          before = series;
        }
        words[i] = value;
        ends[i++] = lists.length;
      }
      out.varint(name);
      out.varint(words.length);
      out.column(words, words.length);
      out.column(ends, ends.length);
      out.bytes(lists.finish());
      await breathe();
    }
  }
}
