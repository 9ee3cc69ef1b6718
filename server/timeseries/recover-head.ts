import { truncate } from 'node:fs/promises';
import { DamagedDataError } from './byte-reader.ts';
import type { Commit } from './commit.ts';
import { COMMIT_RECORD, decodeCommit } from './commit-codec.ts';
import { decodeRun } from './encode-run.ts';
import type { Head } from './head.ts';
import { CHUNKS_RECORD, HEAD_RECORD, readHeadSeries, readHeadState } from './head-records.ts';
import { readRecordFile } from './record-file.ts';
import { SampleBuffer } from './sample-buffer.ts';
import { listSnapshots, snapshotPath } from './snapshot-file.ts';
import { listSegments, segmentPath } from './write-ahead-log.ts';

export interface RecoveredHead {
  /** The index of the next log segment. */
  readonly nextSegment: number;
  readonly nextRef: number;
  readonly warnings: readonly string[];
}

/**
 * Fills a head from the newest snapshot and the log segments after it. `onExtras` gets each commit for what the head does
 * not keep: metadata and exemplars. A damaged end of a file is cut off (of the log also on disk) and told in the
 * warnings; records that make no sense are left out. Segments after `replayThrough` are still being written
 * and left alone. Throws on I/O errors.
 */
export async function recoverHead(directory: string, head: Head, onExtras: (commit: Commit) => void, replayThrough = Infinity): Promise<RecoveredHead> {
  const warnings: string[] = [];
  let nextRef = 1;
  let senseless = 0;
  const take = (payload: Buffer, replay: boolean): void => {
    try {
      if (payload[0] === COMMIT_RECORD) {
        const commit = decodeCommit(payload);
        head.apply(commit, replay);
        onExtras(commit);
      } else if (payload[0] === HEAD_RECORD) {
        const state = readHeadState(payload);
        nextRef = Math.max(nextRef, state.nextRef);
        head.setValidFrom(state.validFrom);
      } else if (payload[0] === CHUNKS_RECORD) restoreSeries(head, payload);
      else senseless++;
    } catch (error) {
      if (!(error instanceof DamagedDataError || error instanceof RangeError)) throw error;
      senseless++;
    }
  };

  const [covered] = await listSnapshots(directory);
  if (covered !== undefined) {
    const path = snapshotPath(directory, covered);
    const end = await readRecordFile(path, (payload) => take(payload, false));
    if (end.damage !== undefined) warnings.push(`the metrics snapshot ${path} is damaged at byte ${end.validBytes} of ${end.totalBytes}; what stands before is used`);
    head.dropBefore(head.validFrom);
  }
  let last = covered ?? 0;
  for (const index of await listSegments(directory)) {
    if (index > replayThrough) break;
    last = Math.max(last, index);
    if (covered !== undefined && index <= covered) continue;
    const path = segmentPath(directory, index);
    const end = await readRecordFile(path, (payload) => take(payload, true));
    if (end.damage === undefined) continue;
    warnings.push(`cut off a damaged end of the metrics log ${path}: ${end.totalBytes - end.validBytes} bytes (${end.damage})`);
    await truncate(path, end.validBytes);
  }
  if (senseless > 0) warnings.push(`left out ${senseless} records of the metrics log that this version cannot read`);
  if (head.unknownSamples > 0) warnings.push(`left out ${head.unknownSamples} samples of series that the metrics log does not define`);
  return { nextSegment: last + 1, nextRef: Math.max(nextRef, head.nextRef), warnings };
}

function restoreSeries(head: Head, payload: Buffer): void {
  const buffer = new SampleBuffer();
  for (const series of readHeadSeries(payload)) {
    const id = head.idOf(series.ref);
    if (id === undefined) throw new DamagedDataError(`chunks of series ${series.ref}, which is not defined`);
    const late = series.late.length === 0 ? undefined : decodeRun({}, series.late, buffer);
    head.restore(id, series.chunks, series.lastTime, series.lastValue, late);
  }
}
