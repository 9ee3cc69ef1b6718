import { renameSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OpenBlock } from './block.ts';
import type { BlockMeta } from './block-format.ts';
import { DamagedDataError } from './byte-reader.ts';
import type { LabelSets } from './label-sets.ts';
import { PageCache } from './page-cache.ts';
import { readBlockMeta } from './block-meta.ts';
import type { TimeRange } from './storage.ts';
import { syncDirectory } from './sync-directory.ts';

const BLOCK = /^block-(\d{8})$/;

/** A block on disk. Those that were made later have higher numbers. */
export interface StoredBlock {
  readonly name: string;
  readonly number: number;
  readonly meta: BlockMeta;
}

export interface BlockStoreOptions {
  /** Of the blocks alone; made when missing. */
  readonly directory: string;
  readonly labelSets: LabelSets;
  /** Bytes of chunks, and of indexes, that are kept in memory. */
  readonly cacheBytes: number;
}

/**
 * The blocks of a directory. A directory that is no whole block is set aside under a name that begins with `corrupt-`, at
 * the start or when it is first read, and told in `warnings`; the store goes on without it.
 */
export class BlockStore {
  readonly #directory: string;
  readonly #labelSets: LabelSets;
  readonly #cacheBytes: number;
  readonly #cache: PageCache;
  #blocks: StoredBlock[] = [];
  /** Open blocks, those used last at the end. */
  readonly #open = new Map<string, OpenBlock>();
  readonly #damagedPages = new Map<string, Set<number>>();
  #nextNumber = 1;
  #corrupt = 0;
  #warnings: string[] = [];

  private constructor({ directory, labelSets, cacheBytes }: BlockStoreOptions) {
    this.#directory = directory;
    this.#labelSets = labelSets;
    this.#cacheBytes = cacheBytes;
    this.#cache = new PageCache(cacheBytes);
  }

  /** Finds what blocks there are, and removes what a crash has left half done. Throws on I/O errors. */
  static async open(options: BlockStoreOptions): Promise<BlockStore> {
    const store = new BlockStore(options);
    await mkdir(options.directory, { recursive: true });
    for (const name of (await readdir(options.directory)).sort()) {
      const path = join(options.directory, name);
      if (name.endsWith('.tmp')) {
        await rm(path, { recursive: true, force: true });
        continue;
      }
      const number = Number(BLOCK.exec(name)?.[1] ?? NaN);
      if (Number.isNaN(number)) continue;
      store.#nextNumber = Math.max(store.#nextNumber, number + 1);
      try {
        store.#blocks.push({ name, number, meta: await readBlockMeta(path) });
      } catch (error) {
        if (!(error instanceof DamagedDataError)) throw error;
        await rename(path, await store.#asidePath(name));
        store.#noteAside(name, error);
      }
    }
    const superfluous = new Set(store.#blocks.flatMap((block) => block.meta.parents));
    for (const block of store.#blocks.filter(({ name }) => superfluous.has(name))) await store.remove([block]);
    store.#sort();
    return store;
  }

  /** By the time they stand for, older numbers first. */
  get blocks(): readonly StoredBlock[] {
    return this.#blocks;
  }
  get corruptBlocks(): number {
    return this.#corrupt;
  }
  get corruptPages(): number {
    let pages = 0;
    for (const set of this.#damagedPages.values()) pages += set.size;
    return pages;
  }
  /** What went wrong since the last call, for people. */
  takeWarnings(): string[] {
    const warnings = this.#warnings;
    this.#warnings = [];
    return warnings;
  }

  /** The name and place of the block that is made next. */
  next(): { readonly name: string; readonly number: number; readonly path: string } {
    const number = this.#nextNumber++;
    const name = `block-${String(number).padStart(8, '0')}`;
    return { name, number, path: join(this.#directory, name) };
  }
  /** Takes in a block that was written, and deletes those it was made of. */
  async replace(parents: readonly StoredBlock[], block: StoredBlock | undefined): Promise<void> {
    if (block !== undefined) this.#blocks.push(block);
    this.#sort();
    await this.remove(parents);
  }
  /** Deletes blocks. */
  async remove(blocks: readonly StoredBlock[]): Promise<void> {
    const names = new Set(blocks.map(({ name }) => name));
    this.#blocks = this.#blocks.filter(({ name }) => !names.has(name));
    for (const name of names) {
      this.#close(name);
      this.#damagedPages.delete(name);
      // Out of the way in one step: a crash in the middle of the deletion leaves nothing that looks like a block.
      const path = join(this.#directory, name);
      await rename(path, `${path}.tmp`);
      await rm(`${path}.tmp`, { recursive: true, force: true });
    }
    if (names.size > 0) await syncDirectory(this.#directory);
  }

  /** The blocks with samples in a time range. */
  overlapping({ start, end }: TimeRange): StoredBlock[] {
    return this.#blocks.filter(({ meta }) => meta.firstSample <= end && meta.lastSample >= start);
  }

  /**
   * A block, opened; undefined when it is damaged and was set aside for that. It stays open until the next one is opened,
   * unless it is `held`. Throws on I/O errors.
   */
  opened(block: StoredBlock): OpenBlock | undefined {
    const known = this.#open.get(block.name);
    if (known !== undefined) {
      this.#open.delete(block.name);
      this.#open.set(block.name, known);
      return known;
    }
    let damaged = this.#damagedPages.get(block.name);
    if (damaged === undefined) this.#damagedPages.set(block.name, (damaged = new Set()));
    try {
      const opened = new OpenBlock(join(this.#directory, block.name), block.number, block.meta, this.#cache, this.#labelSets, damaged);
      this.#open.set(block.name, opened);
      this.#closeOldest();
      return opened;
    } catch (error) {
      if (!(error instanceof DamagedDataError)) throw error;
      this.#blocks = this.#blocks.filter(({ name }) => name !== block.name);
      renameSync(join(this.#directory, block.name), join(this.#directory, `corrupt-${block.name}`));
      this.#noteAside(block.name, error);
      return undefined;
    }
  }

  /** Closes all blocks that are not held; they are opened again when they are read. */
  closeAll(): void {
    for (const [name, { held }] of this.#open) if (!held) this.#close(name);
  }

  #sort(): void {
    this.#blocks.sort((a, b) => a.meta.minTime - b.meta.minTime || a.number - b.number);
  }
  #close(name: string): void {
    this.#open.get(name)?.close();
    this.#open.delete(name);
  }
  #closeOldest(): void {
    let bytes = 0;
    for (const { index } of this.#open.values()) bytes += index.byteLength;
    const newest = [...this.#open.keys()].at(-1);
    for (const [name, { index, held }] of this.#open) {
      if (bytes <= this.#cacheBytes || name === newest) return;
      if (held) continue;
      bytes -= index.byteLength;
      this.#close(name);
    }
  }
  async #asidePath(name: string): Promise<string> {
    const path = join(this.#directory, `corrupt-${name}`);
    await rm(path, { recursive: true, force: true });
    return path;
  }
  #noteAside(name: string, error: Error): void {
    this.#corrupt++;
    this.#warnings.push(`set aside the metrics block ${join(this.#directory, name)} as corrupt-${name}, its samples are missing from now on: ${error.message}`);
  }
}
