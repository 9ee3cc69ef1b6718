import type { OpenBlock } from './block.ts';
import type { BlockMeta } from './block-format.ts';
import type { BlockStore, StoredBlock } from './block-store.ts';
import { BlockWriter, type BlockPlan } from './block-writer.ts';
import type { EncodedChunk } from './encoded-chunk.ts';
import { decodeRun, RunEncoder } from './encode-run.ts';
import type { Head } from './head.ts';
import type { LabelSetId, LabelSets } from './label-sets.ts';
import { labelValue, METRIC_NAME } from './labels.ts';
import { mergeSamples } from './merge-samples.ts';
import { SampleBuffer } from './sample-buffer.ts';
import type { Labels, SeriesSamples } from './storage.ts';

/** Series of a block that is grouped, between two moments in which the process does other work. */
const SERIES_PER_SLICE = 500;

/**
 * Writes what came in order in `[minTime, maxTime)` (Unix ms) from memory to a block. Memory is left as it is. Nothing more
 * may come in order into that time. Undefined when there was nothing. Throws when the disk refuses.
 */
export async function writeHeadBlock(head: Head, blocks: BlockStore, minTime: number, maxTime: number): Promise<StoredBlock | undefined> {
  const ids = [...head.ids()];
  return writeBlock(blocks, [], { minTime, maxTime, validFrom: maxTime, level: 1, parents: [] }, head.labelSets, ids, (id) => head.encoded(id, minTime, maxTime));
}

/**
 * Writes the samples out of order that are older than `before` to blocks, one for each multiple of `rangeMs`, and takes
 * them out of memory; gives how many blocks. They overlap others until they are compacted. Throws when the disk refuses.
 */
export async function writeLateBlocks(head: Head, blocks: BlockStore, rangeMs: number, before: number): Promise<number> {
  const ranges = new Set<number>();
  for (const id of head.outOfOrderIds()) for (const time of lateSamples(head, id, -Infinity, before - 1)?.timestamps ?? []) ranges.add(Math.floor(time / rangeMs));
  const encoder = new RunEncoder(rangeMs);
  let written = 0;
  for (const range of [...ranges].sort((a, b) => a - b)) {
    const minTime = range * rangeMs;
    const maxTime = minTime + rangeMs;
    const taken = new Map<LabelSetId, Float64Array>();
    const made = await writeBlock(blocks, [], { minTime, maxTime, validFrom: null, level: 1, parents: [] }, head.labelSets, [...head.outOfOrderIds()], (id) => {
      const samples = lateSamples(head, id, minTime, Math.min(maxTime, before) - 1);
      if (samples === undefined) return [];
      taken.set(id, samples.timestamps);
      return encoder.encode(samples);
    });
    // Only what was written: others of that time may have come meanwhile.
    for (const [id, times] of taken) head.removeLate(id, times);
    if (made !== undefined) written++;
  }
  return written;
}

/**
 * Makes one block out of several and deletes them. Of two samples at one time that of the older block stays. Chunks that
 * cannot be read are left out. Undefined when nothing was left. Throws when the disk refuses; the blocks stay then.
 */
export async function compactBlocks(blocks: BlockStore, labelSets: LabelSets, parents: readonly StoredBlock[], rangeMs: number): Promise<StoredBlock | undefined> {
  const opened: OpenBlock[] = [];
  try {
    for (const parent of parents.toSorted((a, b) => a.number - b.number)) {
      const block = blocks.opened(parent);
      if (block === undefined) continue;
      block.held = true;
      opened.push(block);
    }
    const readable = parents.filter(({ name }) => blocks.blocks.some((one) => one.name === name));
    const places = await seriesOf(opened);
    const encoder = new RunEncoder(rangeMs);
    const buffer = new SampleBuffer();
    const metas = opened.map(({ meta }) => meta);
    const validFrom = Math.max(...metas.map((meta) => meta.validFrom ?? -Infinity));
    const plan: BlockPlan = {
      minTime: Math.min(...metas.map((meta) => meta.minTime)),
      maxTime: Math.max(...metas.map((meta) => meta.maxTime)),
      validFrom: Number.isFinite(validFrom) ? validFrom : null,
      level: Math.max(...metas.map((meta) => meta.level)) + 1,
      parents: readable.map(({ name }) => name),
    };
    return await writeBlock(blocks, readable, plan, labelSets, [...places.keys()], (id) => {
      const own = places.get(id) ?? new Int32Array(0);
      const runs = Array.from(own, (series, i) => (series < 0 ? [] : (opened[i]?.encoded(series) ?? [])));
      return joinChunks(labelSets.labels(id), runs, encoder, buffer);
    });
  } finally {
    for (const block of opened) block.held = false;
  }
}

async function writeBlock(blocks: BlockStore, parents: readonly StoredBlock[], plan: BlockPlan, labelSets: LabelSets, ids: LabelSetId[], chunksOf: (id: LabelSetId) => readonly EncodedChunk[]): Promise<StoredBlock | undefined> {
  const { path, ...place } = blocks.next();
  const writer = await BlockWriter.open(path, plan);
  let meta: BlockMeta | undefined;
  try {
    for (const id of byMetric(labelSets, ids)) await writer.add(labelSets.labels(id), chunksOf(id));
    meta = await writer.finish();
  } catch (error) {
    await writer.abandon();
    throw error;
  }
  const block = meta === undefined ? undefined : { ...place, meta };
  await blocks.replace(parents, block);
  return block;
}

/** Series of one metric stand together, as they are read together. */
function byMetric(labelSets: LabelSets, ids: readonly LabelSetId[]): LabelSetId[] {
  const metrics = Map.groupBy(ids, (id) => labelValue(labelSets.labels(id), METRIC_NAME));
  return [...metrics.keys()].sort().flatMap((name) => metrics.get(name) ?? []);
}

/** The series in each block by its labels: -1 where a block does not have them. */
async function seriesOf(opened: readonly OpenBlock[]): Promise<Map<LabelSetId, Int32Array>> {
  const places = new Map<LabelSetId, Int32Array>();
  for (const [i, block] of opened.entries()) {
    for (let series = 0; series < block.index.limit; series++) {
      const id = block.labelSet(series);
      let own = places.get(id);
      if (own === undefined) places.set(id, (own = new Int32Array(opened.length).fill(-1)));
      own[i] = series;
      if (series % SERIES_PER_SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return places;
}

/** The chunks of one series from several blocks: as they are when they follow each other, else taken apart and merged. */
function joinChunks(labels: Labels, runs: readonly (readonly EncodedChunk[])[], encoder: RunEncoder, buffer: SampleBuffer): readonly EncodedChunk[] {
  const chunks = runs.flat().sort((a, b) => a.minTime - b.minTime);
  if (chunks.every((chunk, i) => i === 0 || chunk.minTime > (chunks[i - 1]?.maxTime ?? 0))) return chunks;
  const merged = mergeSamples(labels, runs.flatMap((run) => decodeRun(labels, run, buffer) ?? []), buffer);
  return merged === undefined ? [] : encoder.encode(merged);
}

function lateSamples(head: Head, id: LabelSetId, start: number, end: number): SeriesSamples | undefined {
  const late = head.outOfOrder(id);
  const bound = late?.bound(start, end) ?? 0;
  if (late === undefined || bound === 0) return undefined;
  const buffer = new SampleBuffer();
  buffer.begin(bound);
  late.read(start, end, buffer);
  return buffer.finish({});
}
