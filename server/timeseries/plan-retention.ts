import type { BlockMeta } from './block-format.ts';

/** What is kept: samples of at most this age (ms), and at most this many bytes. */
export interface Retention {
  readonly maxAgeMs: number;
  readonly maxBytes: number;
}

/**
 * The blocks to delete: those that end before the oldest time to be kept, and the oldest ones as long as all together take
 * too many bytes. Age counts from `newest`, the newest sample (Unix ms), so that a machine that was off keeps its samples.
 * `otherBytes` are those of the log and of snapshots, which cannot be deleted but count. Source: Prometheus tsdb/db.go,
 * `BeyondTimeRetention` and `BeyondSizeRetention`.
 */
export function planRetention<T extends { readonly meta: Pick<BlockMeta, 'maxTime' | 'chunkBytes' | 'indexBytes'> }>(blocks: readonly T[], retention: Retention, newest: number, otherBytes: number): T[] {
  const gone: T[] = [];
  let bytes = otherBytes;
  for (const block of blocks.toSorted((a, b) => b.meta.maxTime - a.meta.maxTime)) {
    bytes += block.meta.chunkBytes + block.meta.indexBytes;
    if (block.meta.maxTime <= newest - retention.maxAgeMs || bytes > retention.maxBytes) gone.push(block);
  }
  return gone;
}
