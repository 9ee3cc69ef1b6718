import type { ChunkKind } from './encoded-chunk.ts';

/** The files of a block, in a directory of its own. */
export const META_FILE = 'meta.json';
export const INDEX_FILE = 'index';
export const CHUNKS_FILE = 'chunks';

/** First bytes of an index: its kind and the version of its layout. */
export const INDEX_MAGIC = 0x31584942;

/**
 * The file of chunks is divided into pages of this size, each with a checksum in the index. A chunk never crosses the end
 * of a page, unless it is longer than one: then it begins at a page and has the pages up to its end for itself.
 */
export const PAGE_BYTES = 65_536;

/** What a block holds, as it says itself. Times are Unix ms. */
export interface BlockMeta {
  readonly version: 1;
  /** The range the block stands for: from `minTime` up to, not including, `maxTime`. */
  readonly minTime: number;
  readonly maxTime: number;
  /** Its oldest and newest sample. */
  readonly firstSample: number;
  readonly lastSample: number;
  /** Samples in order before this time are in this block or in older ones; null when it holds late ones only. */
  readonly validFrom: number | null;
  readonly series: number;
  readonly chunks: number;
  readonly samples: number;
  /** Bytes of the file of chunks. */
  readonly chunkBytes: number;
  readonly indexBytes: number;
  /** How often its samples were compacted: 1 for blocks out of memory. */
  readonly level: number;
  /** The blocks it was made of. They are superfluous once it is there. */
  readonly parents: readonly string[];
}

/** Where a chunk is in its block, and what it holds. */
export interface BlockChunk {
  readonly kind: ChunkKind;
  readonly minTime: number;
  readonly maxTime: number;
  readonly count: number;
  readonly offset: number;
  readonly length: number;
}
