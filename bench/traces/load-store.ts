import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { writeManifest } from '#server/traces/store/manifest.ts';
import type { BlocksToWrite, WrittenBlocks } from './write-blocks.ts';

export interface LoadedStore {
  readonly spans: number;
  readonly traces: number;
  /** Some ids of stored traces, from all over. */
  readonly traceIds: readonly string[];
  readonly fromUnixNano: bigint;
  readonly toUnixNano: bigint;
}

/**
 * Fills a directory with a store of so many spans (in blocks of a million, as compaction leaves them), without sending
 * them: see write-blocks.ts. A thread for each processor writes its share of the blocks.
 */
export async function loadStore(directory: string, spans: number, nowMs: number): Promise<LoadedStore> {
  await mkdir(directory, { recursive: true });
  const writers = Math.min(4, availableParallelism());
  const shares = await Promise.all(
    Array.from({ length: writers }, async (_, writer): Promise<WrittenBlocks> => {
      const workerData: BlocksToWrite = { directory, spans, nowMs, writer, writers };
      const thread = new Worker(new URL('./write-blocks.ts', import.meta.url), { workerData });
      // Rejects when the thread fails.
      const [written] = (await once(thread, 'message')) as [WrittenBlocks];
      return written;
    }),
  );
  const [first] = shares;
  if (first === undefined) throw new Error('nobody wrote');
  await writeManifest(directory, { covered: -1, lastBlock: first.blocks, blocks: Array.from({ length: first.blocks }, (_, i) => i + 1) });
  return {
    spans: shares.reduce((sum, s) => sum + s.spans, 0),
    traces: shares.reduce((sum, s) => sum + s.traces, 0),
    traceIds: shares.flatMap((s) => s.traceIds),
    fromUnixNano: first.fromUnixNano,
    toUnixNano: BigInt(nowMs) * 1_000_000n,
  };
}
