import type { Commit, CommitSeries } from './commit.ts';
import type { ExemplarQuerier, MetricMetadata, Querier, SeriesRef } from './storage.ts';

/** A series as it was left by the run before: what the write side needs to judge its next sample. */
export interface RecoveredSeries extends CommitSeries {
  /** Unix ms of the newest sample; -Infinity when none is known. */
  readonly lastTime: number;
  readonly lastValue: number;
}

/** What was found in the directory when the database was opened. */
export interface Recovered {
  readonly series: readonly RecoveredSeries[];
  /** The lowest handle that was never given away. */
  readonly nextRef: SeriesRef;
  /** The index of the log segment that the write side has to start. */
  readonly nextSegment: number;
  /** What was damaged and what was done about it, for people. */
  readonly warnings: readonly string[];
}

export interface DatabaseStats {
  /** Series of which samples are in memory. */
  readonly headSeries: number;
  readonly headChunks: number;
  readonly headSamples: number;
  /** Unix ms; Infinity and -Infinity when there are no samples in memory. */
  readonly headMinTime: number;
  readonly headMaxTime: number;
  /** Bytes of chunks in memory. */
  readonly headChunkBytes: number;
  readonly outOfOrderSamples: number;
  readonly blocks: number;
  readonly blockSamples: number;
  readonly blockBytes: number;
  /** Blocks that were set aside because they could not be read. */
  readonly corruptBlocks: number;
  /** Pages of chunks whose checksum did not fit, and that were left out of answers. */
  readonly corruptPages: number;
  readonly compactions: number;
  readonly exemplars: number;
  /** Unix ms of the oldest sample that is kept anywhere; Infinity when there is none. */
  readonly minTime: number;
}

/** What one round of maintenance did. */
export interface MaintenanceReport {
  /** Blocks written out of memory. */
  readonly written: number;
  /** Blocks made out of smaller ones. */
  readonly compacted: number;
  /** Blocks deleted because of age or size. */
  readonly deleted: number;
  /** In-order samples before this time (Unix ms) are in blocks; -Infinity when there are no blocks. */
  readonly persistedUntil: number;
  /** True when a snapshot would now make much of the log superfluous. */
  readonly snapshotWanted: boolean;
  /** What went wrong without stopping the work, for people. */
  readonly warnings: readonly string[];
}

/** The read side of the store. Applies what the write side has accepted, and answers every question about it. */
export interface Database {
  readonly recovered: Recovered;
  readonly querier: Querier & ExemplarQuerier;
  /** Makes an accepted write visible. Samples of handles that were never defined are counted and left out. */
  apply(commit: Commit): void;
  metadata(): Readonly<Record<string, MetricMetadata>>;
  stats(): DatabaseStats;
  /** Writes what only memory holds to disk; the log up to and including segment `covered` is superfluous afterwards. */
  snapshot(covered: number): Promise<void>;
  /** Writes blocks, compacts them, deletes old ones. Lets messages through between slices of work. `now`: Unix ms. */
  maintain(now: number): Promise<MaintenanceReport>;
  close(): Promise<void>;
}
