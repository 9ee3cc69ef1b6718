import { open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ByteWriter } from './byte-writer.ts';
import { EMPTY_COMMIT } from './commit.ts';
import { encodeCommit } from './commit-codec.ts';
import { RunEncoder } from './encode-run.ts';
import type { ExemplarRing } from './exemplar-ring.ts';
import type { Head } from './head.ts';
import { CHUNKS_RECORD, writeHeadSeries, writeHeadState } from './head-records.ts';
import { frameRecord } from './record-file.ts';
import { SampleBuffer } from './sample-buffer.ts';
import type { MetricMetadata } from './storage.ts';
import { syncDirectory } from './sync-directory.ts';

const SNAPSHOT = /^snapshot-(\d{8})$/;
/** Written at once, between messages: about two milliseconds of work. */
const SERIES_PER_SLICE = 1000;

/** The path of the snapshot that covers every log segment up to and including `index`. */
export function snapshotPath(directory: string, index: number): string {
  return join(directory, `snapshot-${String(index).padStart(8, '0')}`);
}

/** The snapshots in a directory by the segment they reach to, newest first; leftovers of interrupted ones are removed. */
export async function listSnapshots(directory: string): Promise<number[]> {
  const names = await readdir(directory);
  for (const name of names) if (name.startsWith('snapshot-') && name.endsWith('.tmp')) await rm(join(directory, name), { force: true });
  return names.flatMap((name) => SNAPSHOT.exec(name)?.[1] ?? []).map(Number).sort((a, b) => b - a);
}

export interface SnapshotContent {
  readonly head: Head;
  readonly exemplars: ExemplarRing;
  readonly metadata: Iterable<readonly [string, MetricMetadata]>;
  readonly rangeMs: number;
}

/**
 * Writes what only memory holds, in slices between which the process does other work: commits that are applied meanwhile
 * may be in it or not, and are in the log after it anyway. The file gets its name only when it is whole and on disk; the
 * older ones are deleted then. Throws when the disk refuses.
 */
export async function writeSnapshotFile(directory: string, index: number, { head, exemplars, metadata, rangeMs }: SnapshotContent): Promise<void> {
  const path = snapshotPath(directory, index);
  const file = await open(`${path}.tmp`, 'w');
  try {
    const out = new ByteWriter(1 << 16);
    writeHeadState(out, { nextRef: head.nextRef, validFrom: head.validFrom });
    await file.appendFile(frameRecord(out.finish()));
    const known = [...head.known()].map(({ id }) => id);
    for (let from = 0; from < known.length; from += SERIES_PER_SLICE) {
      await file.appendFile(Buffer.concat(sliceOf(head, known.slice(from, from + SERIES_PER_SLICE), rangeMs, out)));
    }
    const kept = [...exemplars.all()].flatMap(([id, exemplar]) => (head.refOf(id) === 0 ? [] : [{ ref: head.refOf(id), exemplar }]));
    await file.appendFile(frameRecord(encodeCommit({ ...EMPTY_COMMIT, exemplars: kept, metadata: [...metadata] })));
    await file.datasync();
  } catch (error) {
    await rm(`${path}.tmp`, { force: true }).catch(() => undefined);
    throw error;
  } finally {
    await file.close();
  }
  await rename(`${path}.tmp`, path);
  await syncDirectory(directory);
  for (const old of await listSnapshots(directory)) if (old < index) await rm(snapshotPath(directory, old), { force: true });
}

/** A commit that defines some series, and a record of what memory holds of them. */
function sliceOf(head: Head, ids: readonly number[], rangeMs: number, out: ByteWriter): Buffer[] {
  // A series that the write side dropped in the meantime has no handle to be known by.
  const present = ids.filter((id) => head.refOf(id) !== 0);
  const series = present.map((id) => ({ ref: head.refOf(id), labels: head.labelSets.labels(id) }));
  out.reset();
  out.u8(CHUNKS_RECORD);
  const buffer = new SampleBuffer();
  const encoder = new RunEncoder(rangeMs);
  for (const id of present) {
    const late = head.outOfOrder(id);
    buffer.begin(late?.count ?? 0);
    late?.read(-Infinity, Infinity, buffer);
    const samples = buffer.finish({});
    writeHeadSeries(out, { ref: head.refOf(id), lastTime: head.lastTime(id), lastValue: head.lastValue(id), chunks: head.encoded(id), late: samples === undefined ? [] : encoder.encode(samples) });
  }
  return [frameRecord(encodeCommit({ ...EMPTY_COMMIT, series })), frameRecord(out.finish())];
}
