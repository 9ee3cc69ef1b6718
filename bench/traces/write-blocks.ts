import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { planMerge } from '#server/traces/segment/merge-plan.ts';
import { hexOf } from '#server/traces/segment/span-at.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { writeBlock } from '#server/traces/store/block/write-block.ts';
import { mergedGroups, ZSTD_LEVEL } from '#server/traces/store/compact-blocks.ts';
import { createSpanStream } from './spans.ts';

// The entry of a thread that writes blocks of a store: the traffic of spans.ts for a first block, then the same again and
// again, later and with other ids.

const BLOCK_SPANS = 1_000_000;
const SEGMENT_SPANS = 8_192;
const TRACES_PER_SECOND = 2_000;

/** A store of so many spans, of which this thread writes every `writers`-th block. */
export interface BlocksToWrite {
  readonly directory: string;
  readonly spans: number;
  readonly nowMs: number;
  readonly writer: number;
  readonly writers: number;
}

export interface WrittenBlocks {
  readonly spans: number;
  readonly traces: number;
  readonly traceIds: readonly string[];
  /** Of the whole store. */
  readonly blocks: number;
  readonly fromUnixNano: bigint;
}

async function writeBlocks({ directory, spans, nowMs, writer, writers }: BlocksToWrite): Promise<WrittenBlocks> {
  const segments = makeSegments(Math.min(spans, BLOCK_SPANS));
  const perBlock = segments.reduce((sum, segment) => sum + segment.spanCount, 0);
  const blocks = Math.max(1, Math.round(spans / perBlock));
  const lengthNano = BigInt(Math.ceil((perBlock / 10 / TRACES_PER_SECOND) * 1.1)) * 1_000_000_000n;
  const fromUnixNano = BigInt(nowMs) * 1_000_000n - lengthNano * BigInt(blocks);
  const traceIds: string[] = [];
  let [written, traces] = [0, 0];
  for (let block = writer; block < blocks; block += writers) {
    const parts = segments.map((segment) => ({ segment: again(segment, block, fromUnixNano + lengthNano * BigInt(block)) }));
    for (const { segment } of parts.filter((_, i) => i % 20 === 0)) traceIds.push(hexOf(segment.traceIds, (segment.traceCount >> 1) * 16, 16));
    const planned = planMerge(parts);
    traces += planned.length;
    written += perBlock;
    const storedMs = nowMs - (blocks - block) * 1000;
    await writeBlock(join(directory, `block-${String(block + 1).padStart(8, '0')}.spans`), { groups: mergedGroups(parts, planned), minStoredMs: storedMs, maxStoredMs: storedMs, isSplit: () => false, level: ZSTD_LEVEL });
  }
  return { spans: written, traces, traceIds, blocks, fromUnixNano };
}

/** From the time 0 on. */
function makeSegments(spans: number): Segment[] {
  const next = createSpanStream({ seed: 1, startUnixNano: 0n, tracesPerSecond: TRACES_PER_SECOND });
  const segments: Segment[] = [];
  for (let made = 0; made < spans; ) {
    const list = [];
    while (list.length < SEGMENT_SPANS) list.push(...next());
    made += list.length;
    segments.push(buildSegment(list));
  }
  return segments;
}

/** The same spans with other ids at another time. */
function again(segment: Segment, round: number, startUnixNano: bigint): Segment {
  const changed = (ids: Uint8Array): Uint8Array => ids.map((byte, i) => ((i & 7) === 3 && ids[i - 1] !== 0 ? byte ^ (round * 37) : byte));
  // Safe because the prototype has every property of a segment.
  return Object.create(segment, {
    traceIds: { value: changed(segment.traceIds) },
    spanIds: { value: changed(segment.spanIds) },
    parentSpanIds: { value: changed(segment.parentSpanIds) },
    baseUnixNano: { value: segment.baseUnixNano + startUnixNano },
  }) as Segment;
}

if (parentPort === null) throw new Error('this file is the entry of a thread');
// Safe because loadStore starts this thread with exactly that.
parentPort.postMessage(await writeBlocks(workerData as BlocksToWrite));
