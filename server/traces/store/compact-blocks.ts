import { groupTraces, planMerge, type MergePart, type PlannedTrace } from '#server/traces/segment/merge-plan.ts';
import { mergePlanned } from '#server/traces/segment/merge-segments.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { openBlockFile } from './block/block-file.ts';
import { openGroup } from './block/open-group.ts';
import { ByteCache } from './block/page-cache.ts';
import { writeBlock } from './block/write-block.ts';

/** Spans of a row group: enough that columns pack well, few enough that a single trace is read from one in some milliseconds. */
export const GROUP_SPANS = 32_768;
/** Of memory for columns of the blocks that are being merged. */
const CACHE_BYTES = 64 * 1024 * 1024;
export const ZSTD_LEVEL = 3;

export interface CompactionJob {
  readonly inputs: readonly { readonly id: string; readonly path: string }[];
  readonly output: string;
  /** Hex ids of traces of which other blocks have spans. */
  readonly split: ReadonlySet<string>;
}

/** Writes one block of several; a trace that was in several of them is whole in it. Throws DamagedDataError and I/O errors, leaving no output. */
export async function compactBlocks({ inputs, output, split }: CompactionJob): Promise<void> {
  const cache = new ByteCache(CACHE_BYTES);
  const files = [];
  try {
    for (const { id, path } of inputs) files.push(openBlockFile(path, id, cache));
    const parts = files.flatMap((file) => file.meta.groups.map((_, group): MergePart => ({ segment: openGroup(file, group).segment })));
    const metas = files.map((file) => file.meta);
    await writeBlock(output, {
      groups: mergedGroups(parts, planMerge(parts)),
      minStoredMs: Math.min(...metas.map((m) => m.minStoredMs)),
      maxStoredMs: Math.max(...metas.map((m) => m.maxStoredMs)),
      isSplit: (id) => split.has(id),
      level: ZSTD_LEVEL,
    });
  } finally {
    for (const file of files) file.close();
  }
}

/** The traces of the plan as segments of a row group each, made when their turn comes. */
export function* mergedGroups(parts: readonly MergePart[], planned: readonly PlannedTrace[]): Generator<Segment> {
  for (const group of groupTraces(planned, GROUP_SPANS)) yield mergePlanned(parts, group);
}
