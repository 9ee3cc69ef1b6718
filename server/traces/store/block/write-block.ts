import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { crc32, zstdCompressSync } from 'node:zlib';
import { syncDirectory } from '#server/timeseries/sync-directory.ts';
import { hexOf } from '#server/traces/segment/span-at.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { buildBloom, hashBytes, type ItemHash } from './bloom.ts';
import { BLOCK_MAGIC, TRAILER_BYTES, type BlockMeta, type GroupMeta } from './block-meta.ts';
import { NameCollector } from './collect-names.ts';
import { encodeGroup } from './encode-group.ts';
import { PageSink } from './page-sink.ts';

export interface BlockContent {
  /** One for each row group, in any order; each is read once, column by column. No trace is in two of them. */
  readonly groups: Iterable<Segment>;
  readonly minStoredMs: number;
  readonly maxStoredMs: number;
  /** Whether other blocks have spans of a trace, by its hex id. */
  readonly isSplit: (traceId: string) => boolean;
  /** Of zstd. */
  readonly level: number;
}

/** Pages are small: written one by one they would take longer to write than to make. */
const WRITE_BYTES = 256 * 1024;

/** What a block needs of a file; tests give one on a disk that fails. */
export type BlockSink = Pick<FileHandle, 'datasync' | 'close'> & { write(bytes: Uint8Array): Promise<{ readonly bytesWritten: number }> };

/**
 * Writes a block: first beside its name, then, when all of it is on the disk, under it. Other work of the thread gets its
 * turn between two columns. Throws what the system says, leaving nothing, when it cannot be written.
 */
export async function writeBlock(path: string, content: BlockContent, createFile: (path: string) => Promise<BlockSink> = (at) => open(at, 'w')): Promise<BlockMeta> {
  const temporary = `${path}.tmp`;
  const file = await createFile(temporary);
  try {
    let turn = performance.now();
    let waiting: Uint8Array[] = [];
    let waitingBytes = 0;
    const write = async (): Promise<void> => {
      await writeAll(file, Buffer.concat(waiting));
      waiting = [];
      waitingBytes = 0;
    };
    const steps = encodeBlock(content);
    for (;;) {
      const step = steps.next();
      if (step.done === true) {
        await write();
        await file.datasync();
        await file.close();
        await rename(temporary, path);
        await syncDirectory(dirname(path));
        return step.value;
      }
      for (const piece of step.value) {
        waiting.push(piece);
        waitingBytes += piece.length;
      }
      if (waitingBytes > WRITE_BYTES) await write();
      // A turn of at most some milliseconds at a time.
      if (performance.now() - turn > 4) {
        await setImmediate();
        turn = performance.now();
      }
    }
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The same as bytes in memory. */
export function blockBytes(content: BlockContent): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const step of encodeBlock(content)) pieces.push(...step);
  return Buffer.concat(pieces);
}

/** The bytes of a block, piece by piece in their order. */
function* encodeBlock({ groups, minStoredMs, maxStoredMs, isSplit, level }: BlockContent): Generator<Uint8Array[], BlockMeta> {
  const sink = new PageSink(BLOCK_MAGIC.length, level);
  const names = new NameCollector();
  const metas: GroupMeta[] = [];
  const hashes: ItemHash[] = [];
  const split: string[] = [];
  yield [BLOCK_MAGIC];
  for (const segment of groups) {
    const { traceIds, traceCount } = segment;
    for (let t = 0; t < traceCount; t++) {
      hashes.push(hashBytes(traceIds, t * 16, 16));
      const id = hexOf(traceIds, t * 16, 16);
      if (isSplit(id)) split.push(id);
    }
    names.addOperations(segment);
    const steps = encodeGroup(segment, sink);
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) yield sink.take();
    names.addColumns(step.value.columns);
    metas.push(step.value);
  }
  const sum = (pick: (group: GroupMeta) => number): number => metas.reduce((total, group) => total + pick(group), 0);
  const meta: BlockMeta = {
    spanCount: sum((g) => g.spanCount),
    traceCount: sum((g) => g.traceCount),
    minStoredMs,
    maxStoredMs,
    groups: metas,
    ...names.finish(),
    split,
    traceBloom: sink.add(buildBloom(hashes)),
  };
  const footer = zstdCompressSync(Buffer.from(JSON.stringify(meta)));
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeUInt32LE(footer.length, 0);
  trailer.writeUInt32LE(crc32(footer), 4);
  BLOCK_MAGIC.copy(trailer, 8);
  yield [...sink.take(), footer, trailer];
  return meta;
}

async function writeAll(file: BlockSink, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) done += (await file.write(done === 0 ? bytes : bytes.subarray(done))).bytesWritten;
}
