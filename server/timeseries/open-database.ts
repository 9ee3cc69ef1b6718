import { mkdir } from 'node:fs/promises';
import type { Commit } from './commit.ts';
import type { Database, DatabaseStats, MaintenanceReport, Recovered } from './database.ts';
import { ExemplarRing } from './exemplar-ring.ts';
import { Head } from './head.ts';
import { LabelSets } from './label-sets.ts';
import { recoverHead } from './recover-head.ts';
import { writeSnapshotFile } from './snapshot-file.ts';
import type { ExemplarQuerier, MetricMetadata, Querier } from './storage.ts';

export interface DatabaseOptions {
  /** Where the log, snapshots and blocks live; made when missing. */
  readonly directory: string;
  /** Time of the smallest blocks. Default 2 hours. */
  readonly blockRangeMs?: number;
  /** How many exemplars are kept. Default 100,000. */
  readonly exemplarCapacity?: number;
}

const BLOCK_RANGE_MS = 7_200_000;
const EXEMPLARS = 100_000;

/** Opens the read side of the store: what was there before is recovered first. Throws on I/O errors. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { directory } = options;
  const rangeMs = options.blockRangeMs ?? BLOCK_RANGE_MS;
  await mkdir(directory, { recursive: true });
  const labelSets = new LabelSets();
  const head = new Head({ labelSets, rangeMs });
  const exemplars = new ExemplarRing(labelSets, options.exemplarCapacity ?? EXEMPLARS);
  const metadata = new Map<string, MetricMetadata>();
  const onExtras = (commit: Commit): void => {
    for (const [name, entry] of commit.metadata) metadata.set(name, entry);
    for (const { ref, exemplar } of commit.exemplars) {
      const id = head.idOf(ref);
      if (id !== undefined) exemplars.add(id, exemplar);
    }
  };
  const { nextSegment, nextRef, warnings } = await recoverHead(directory, head, onExtras);
  const series = Array.from(head.known(), ({ ref, labels, lastTime, lastValue }) => ({ ref, labels, lastTime, lastValue }));
  return new OpenDatabase({ directory, rangeMs }, head, exemplars, metadata, onExtras, { series, nextRef, nextSegment, warnings });
}

class OpenDatabase implements Database {
  readonly recovered: Recovered;
  readonly querier: Querier & ExemplarQuerier;
  readonly #options: { readonly directory: string; readonly rangeMs: number };
  readonly #head: Head;
  readonly #exemplars: ExemplarRing;
  readonly #metadata: Map<string, MetricMetadata>;
  readonly #onExtras: (commit: Commit) => void;

  constructor(options: { directory: string; rangeMs: number }, head: Head, exemplars: ExemplarRing, metadata: Map<string, MetricMetadata>, onExtras: (commit: Commit) => void, recovered: Recovered) {
    this.#options = options;
    this.#head = head;
    this.#exemplars = exemplars;
    this.#metadata = metadata;
    this.#onExtras = onExtras;
    this.recovered = recovered;
    this.querier = {
      select: (matchers, range) => head.select(matchers, range),
      series: (matchers, range) => head.series(matchers, range),
      labelNames: (matchers, range) => head.labelNames(matchers, range),
      labelValues: (name, matchers, range) => head.labelValues(name, matchers, range),
      exemplars: (matchers, range) => exemplars.exemplars(matchers, range),
    };
  }

  apply(commit: Commit): void {
    this.#head.apply(commit);
    this.#onExtras(commit);
  }
  metadata(): Readonly<Record<string, MetricMetadata>> {
    return Object.fromEntries(this.#metadata);
  }
  stats(): DatabaseStats {
    const head = this.#head;
    return {
      headSeries: head.seriesCount,
      headChunks: head.chunkCount,
      headSamples: head.sampleCount,
      headMinTime: head.minTime,
      headMaxTime: head.maxTime,
      headChunkBytes: head.chunkBytes,
      outOfOrderSamples: head.outOfOrderCount,
      blocks: 0,
      blockSamples: 0,
      blockBytes: 0,
      corruptBlocks: 0,
      corruptPages: 0,
      compactions: 0,
      exemplars: this.#exemplars.size,
      minTime: head.minTime,
    };
  }

  async snapshot(covered: number): Promise<void> {
    await writeSnapshotFile(this.#options.directory, covered, { head: this.#head, exemplars: this.#exemplars, metadata: this.#metadata, rangeMs: this.#options.rangeMs });
  }
  async maintain(_now: number): Promise<MaintenanceReport> {
    return { written: 0, compacted: 0, deleted: 0, persistedUntil: this.#head.validFrom, snapshotWanted: false, warnings: [] };
  }
  async close(): Promise<void> {
    // Nothing is open between calls.
  }
}
