import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlockStore } from './block-store.ts';
import type { MaintenanceReport } from './database.ts';
import type { Head } from './head.ts';
import { planCompaction } from './plan-compaction.ts';
import { planRetention, type Retention } from './plan-retention.ts';
import { compactBlocks, writeHeadBlock, writeLateBlocks } from './write-blocks.ts';

/** Late samples are written without a block of the head when there are this many. */
const MANY_LATE_SAMPLES = 100_000;

export interface MaintenanceOptions {
  /** Of the log and snapshots. */
  readonly directory: string;
  /** Rising; the first is that of blocks out of memory. */
  readonly ranges: readonly number[];
  readonly retention: Retention;
}

/**
 * One round: blocks out of memory once it holds half a range more than a range, compaction as long as something is to be
 * made one, and deletion. What fails is told in the report, and the next round tries again. Source of the rules:
 * Prometheus tsdb/db.go `Compact` and tsdb/head.go `compactable`.
 */
export async function runMaintenance(head: Head, blocks: BlockStore, { directory, ranges, retention }: MaintenanceOptions, now: number): Promise<MaintenanceReport> {
  const warnings: string[] = [];
  const [rangeMs = 1] = ranges;
  const counts = { written: 0, compacted: 0, deleted: 0 };
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      warnings.push(`could not ${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  await attempt('write samples from memory to a block', async () => {
    for (let first = head.minTime; head.maxTime - first > rangeMs * 1.5; first = head.minTime) {
      const minTime = Math.floor(first / rangeMs) * rangeMs;
      const maxTime = minTime + rangeMs;
      if ((await writeHeadBlock(head, blocks, minTime, maxTime)) !== undefined) counts.written++;
      head.setValidFrom(maxTime);
      head.dropBefore(maxTime);
    }
  });
  await attempt('write samples that came out of order to blocks', async () => {
    if (counts.written > 0 || head.outOfOrderCount > MANY_LATE_SAMPLES) counts.written += await writeLateBlocks(head, blocks, rangeMs, head.validFrom);
  });
  await attempt('compact blocks', async () => {
    for (let plan = planCompaction(blocks.blocks, ranges); plan.length > 1; plan = planCompaction(blocks.blocks, ranges)) {
      await compactBlocks(blocks, head.labelSets, plan, rangeMs);
      counts.compacted++;
    }
  });
  await attempt('delete old blocks', async () => {
    const newest = Math.min(now, Math.max(head.maxTime, ...blocks.blocks.map(({ meta }) => meta.maxTime)));
    const gone = planRetention(blocks.blocks, retention, newest, await bytesOfFiles(directory));
    await blocks.remove(gone);
    counts.deleted = gone.length;
  });
  return { ...counts, persistedUntil: head.validFrom, snapshotWanted: counts.written > 0, warnings: [...warnings, ...blocks.takeWarnings()] };
}

/** Bytes of the files right in a directory: the log and snapshots. */
async function bytesOfFiles(directory: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    // A segment may be deleted between the two looks at it.
    if (entry.isFile()) bytes += await stat(join(directory, entry.name)).then(({ size }) => size, () => 0);
  }
  return bytes;
}
