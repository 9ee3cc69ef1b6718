import type { BlockMeta } from './block-format.ts';

/** What a plan is made from: the range and the origin of a block. */
export type PlannedBlock = { readonly meta: Pick<BlockMeta, 'minTime' | 'maxTime'> };

/** Each range of blocks is this much longer than the one before. */
const STEP = 3;

/**
 * The times that blocks grow to: from the smallest on, each three times the one before, up to a tenth of the time that
 * samples are kept, so that deleting whole blocks keeps close to it. Source: Prometheus cmd/prometheus/main.go and
 * tsdb/compact.go `ExponentialBlockRanges`. All in ms.
 */
export function blockRanges(smallest: number, retentionMs: number): number[] {
  const ranges = [smallest];
  const longest = retentionMs / 10;
  for (let range = smallest * STEP; range <= longest; range *= STEP) ranges.push(range);
  return ranges;
}

/**
 * The blocks to make one of next, by the time they begin; empty when there is nothing to do. Overlapping ones go first.
 * Then the smallest range that is full, or that no more blocks will come into; the newest block is left alone. Source:
 * Prometheus tsdb/compact.go, `planClass`, `selectOverlappingDirs`, `selectDirs` and `splitByRange`.
 */
export function planCompaction<T extends PlannedBlock>(blocks: readonly T[], ranges: readonly number[]): readonly T[] {
  const sorted = blocks.toSorted((a, b) => a.meta.minTime - b.meta.minTime);
  const overlapping = firstOverlap(sorted);
  if (overlapping.length > 0) return overlapping;
  const older = sorted.slice(0, -1);
  const newest = older.at(-1);
  if (newest === undefined) return [];
  for (const range of ranges.slice(1)) {
    for (const group of splitByRange(older, range)) {
      const [first] = group;
      const last = group.at(-1);
      if (first === undefined || last === undefined || group.length < 2) continue;
      if (last.meta.maxTime - first.meta.minTime === range || last.meta.maxTime <= newest.meta.minTime) return group;
    }
  }
  return [];
}

function firstOverlap<T extends PlannedBlock>(sorted: readonly T[]): T[] {
  const found: T[] = [];
  let maxTime = -Infinity;
  for (const [i, block] of sorted.entries()) {
    if (i > 0 && block.meta.minTime < maxTime) {
      const before = sorted[i - 1];
      if (found.length === 0 && before !== undefined) found.push(before);
      found.push(block);
    } else if (found.length > 0) break;
    maxTime = Math.max(maxTime, block.meta.maxTime);
  }
  return found;
}

function splitByRange<T extends PlannedBlock>(sorted: readonly T[], range: number): T[][] {
  const groups = new Map<number, T[]>();
  for (const block of sorted) {
    const start = Math.floor(block.meta.minTime / range) * range;
    if (block.meta.maxTime > start + range) continue;
    const group = groups.get(start);
    if (group === undefined) groups.set(start, [block]);
    else group.push(block);
  }
  return [...groups.values()];
}
