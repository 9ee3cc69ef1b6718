import { decodeHistograms } from './histogram-chunk.ts';
import type { SampleBuffer } from './sample-buffer.ts';
import { decodeXor, type XorMark } from './xor-chunk.ts';

/** What a chunk holds, as it is stored. */
export const CHUNK_KIND = { floats: 0, floatsWithStarts: 1, histograms: 2 } as const;
export type ChunkKind = (typeof CHUNK_KIND)[keyof typeof CHUNK_KIND];

/** Whether a stored number is a kind of chunk. */
export function isChunkKind(kind: number): kind is ChunkKind {
  return kind === CHUNK_KIND.floats || kind === CHUNK_KIND.floatsWithStarts || kind === CHUNK_KIND.histograms;
}

/** A run of samples of one series in time order. `bytes` is exactly the chunk. */
export interface EncodedChunk {
  readonly kind: ChunkKind;
  /** Unix ms of the first and last sample. */
  readonly minTime: number;
  readonly maxTime: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** Bytes that hold a chunk somewhere, with READ_PADDING after it. */
export interface ChunkPlace {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly offset: number;
  readonly length: number;
}

/**
 * Adds the samples of a chunk from `start` to `end` (Unix ms, both included) to `out`, which has room for all of them.
 * Bytes that are no chunk give wrong samples, a RangeError or a DamagedDataError. `mark`: see decodeXor.
 */
export function decodeChunk(kind: ChunkKind, { bytes, view, offset, length }: ChunkPlace, count: number, minTime: number, start: number, end: number, out: SampleBuffer, mark?: XorMark): void {
  if (kind === CHUNK_KIND.histograms) decodeHistograms(bytes.subarray(offset, Math.min(bytes.length, offset + length + 8)), count, minTime, start, end, out);
  else decodeXor(view, offset, count, minTime, start, end, kind === CHUNK_KIND.floatsWithStarts, out, mark);
}
