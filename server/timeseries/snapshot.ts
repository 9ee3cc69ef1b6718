import { open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeMetadata, encodeSeries } from './log-records.ts';
import type { MemorySeries } from './memory-series.ts';
import { frameRecord } from './record-file.ts';
import type { MetricMetadata } from './storage.ts';

const SNAPSHOT = /^snapshot-(\d{8})$/;
const FLUSH_BYTES = 1024 * 1024;

/** The path of the snapshot that covers every log segment up to and including `index`. */
export function snapshotPath(directory: string, index: number): string {
  return join(directory, `snapshot-${String(index).padStart(8, '0')}`);
}

/** The snapshots in a directory by the segment they reach to, newest first; leftovers of interrupted ones are removed. */
export async function listSnapshots(directory: string): Promise<number[]> {
  const names = await readdir(directory);
  for (const name of names) if (name.endsWith('.tmp')) await rm(join(directory, name), { force: true });
  return names.flatMap((name) => SNAPSHOT.exec(name)?.[1] ?? []).map(Number).sort((a, b) => b - a);
}

/**
 * Writes all series to a snapshot and then drops the older ones. Works in slices and lets the process breathe between
 * them; samples that arrive meanwhile may be in both the snapshot and the log, which replay takes as repeats. The file
 * gets its name only when it is whole and on disk.
 */
export async function writeSnapshot(directory: string, index: number, series: readonly MemorySeries[], metadata: Readonly<Record<string, MetricMetadata>>): Promise<void> {
  const path = snapshotPath(directory, index);
  const file = await open(`${path}.tmp`, 'w');
  try {
    let pending: Buffer[] = [frameRecord(encodeMetadata(metadata))];
    let bytes = 0;
    for (const one of series) {
      const chunks = one.toChunks();
      if (chunks.length === 0) continue;
      const framed = frameRecord(encodeSeries(one, chunks));
      pending.push(framed);
      bytes += framed.length;
      if (bytes >= FLUSH_BYTES) {
        await file.appendFile(Buffer.concat(pending));
        pending = [];
        bytes = 0;
      }
    }
    await file.appendFile(Buffer.concat(pending));
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(`${path}.tmp`, path);
  for (const old of await listSnapshots(directory)) if (old < index) await rm(snapshotPath(directory, old), { force: true });
}
