import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BlockStore } from './block-store.ts';
import type { Commit } from './commit.ts';
import type { Database, DatabaseStats, MaintenanceReport, Recovered } from './database.ts';
import { DatabaseQuerier } from './database-querier.ts';
import { ExemplarRing } from './exemplar-ring.ts';
import { Head } from './head.ts';
import { LabelSets } from './label-sets.ts';
import { runMaintenance, type MaintenanceOptions } from './maintenance.ts';
import { blockRanges } from './plan-compaction.ts';
import { recoverHead } from './recover-head.ts';
import { writeSnapshotFile } from './snapshot-file.ts';
import type { ExemplarQuerier, MetricMetadata, Querier } from './storage.ts';

export interface DatabaseOptions {
  /** Where the log, snapshots and blocks live; made when missing. */
  readonly directory: string;
  /** Time of the smallest blocks. Default 2 hours. */
  readonly blockRangeMs?: number;
  /** Samples are kept for this long. Default 15 days; blocks of a shorter time are then made into longer ones, up to a tenth. */
  readonly retentionMs?: number;
  /** Blocks, log and snapshots together take about this much at most. No limit by default. */
  readonly maxBytes?: number;
  /** Bytes of blocks that are kept in memory: of their chunks, and as much again of their indexes. Default 64 MiB. */
  readonly cacheBytes?: number;
  /** How many exemplars are kept. Default 100,000. */
  readonly exemplarCapacity?: number;
  /** The last segment of the log to read, when later ones are still being written. Default: all are read. */
  readonly replayThrough?: number;
}

const BLOCK_RANGE_MS = 7_200_000;
const RETENTION_MS = 15 * 86_400_000;
const CACHE_BYTES = 64 * 1024 * 1024;
const EXEMPLARS = 100_000;
/** Label sets that nobody uses any more are released when there are this many more than series. */
const SPARE_LABEL_SETS = 10_000;

/** Opens the read side of the store: what was there before is recovered first. Throws on I/O errors. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { directory } = options;
  const rangeMs = options.blockRangeMs ?? BLOCK_RANGE_MS;
  await mkdir(directory, { recursive: true });
  const labelSets = new LabelSets();
  const blocks = await BlockStore.open({ directory: join(directory, 'blocks'), labelSets, cacheBytes: options.cacheBytes ?? CACHE_BYTES });
  const head = new Head({ labelSets, rangeMs });
  for (const { meta } of blocks.blocks) head.setValidFrom(meta.validFrom ?? -Infinity);
  const exemplars = new ExemplarRing(labelSets, options.exemplarCapacity ?? EXEMPLARS);
  const metadata = new Map<string, MetricMetadata>();
  const onExtras = (commit: Commit): void => {
    for (const [name, entry] of commit.metadata) metadata.set(name, entry);
    for (const { ref, exemplar } of commit.exemplars) {
      const id = head.idOf(ref);
      if (id !== undefined) exemplars.add(id, exemplar);
    }
  };
  const { nextSegment, nextRef, warnings } = await recoverHead(directory, head, onExtras, options.replayThrough);
  const series = Array.from(head.known(), ({ ref, labels, lastTime, lastValue }) => ({ ref, labels, lastTime, lastValue }));
  const retentionMs = options.retentionMs ?? RETENTION_MS;
  const maintenance = { directory, ranges: blockRanges(rangeMs, retentionMs), retention: { maxAgeMs: retentionMs, maxBytes: options.maxBytes ?? Infinity } };
  return new OpenDatabase({ head, blocks, exemplars, metadata, maintenance, onExtras }, { series, nextRef, nextSegment, warnings: [...blocks.takeWarnings(), ...warnings] });
}

interface Parts {
  readonly head: Head;
  readonly blocks: BlockStore;
  readonly exemplars: ExemplarRing;
  readonly metadata: Map<string, MetricMetadata>;
  readonly maintenance: MaintenanceOptions;
  readonly onExtras: (commit: Commit) => void;
}

class OpenDatabase implements Database {
  readonly recovered: Recovered;
  readonly querier: Querier & ExemplarQuerier;
  readonly #parts: Parts;
  #compactions = 0;
  /** Snapshots and maintenance one after the other: both go through everything. */
  #working: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts, recovered: Recovered) {
    this.#parts = parts;
    this.recovered = recovered;
    this.querier = new DatabaseQuerier(parts.head, parts.blocks, parts.exemplars);
  }

  apply(commit: Commit): void {
    this.#parts.head.apply(commit);
    this.#parts.onExtras(commit);
  }
  metadata(): Readonly<Record<string, MetricMetadata>> {
    return Object.fromEntries(this.#parts.metadata);
  }
  stats(): DatabaseStats {
    const { head, blocks, exemplars } = this.#parts;
    const metas = blocks.blocks.map(({ meta }) => meta);
    return {
      headSeries: head.seriesCount,
      headChunks: head.chunkCount,
      headSamples: head.sampleCount,
      headMinTime: head.minTime,
      headMaxTime: head.maxTime,
      headChunkBytes: head.chunkBytes,
      outOfOrderSamples: head.outOfOrderCount,
      blocks: metas.length,
      blockSamples: metas.reduce((sum, meta) => sum + meta.samples, 0),
      blockBytes: metas.reduce((sum, meta) => sum + meta.chunkBytes + meta.indexBytes, 0),
      corruptBlocks: blocks.corruptBlocks,
      corruptPages: blocks.corruptPages,
      compactions: this.#compactions,
      exemplars: exemplars.size,
      minTime: Math.min(head.minTime, ...metas.map((meta) => meta.firstSample)),
    };
  }

  snapshot(covered: number): Promise<void> {
    const { head, exemplars, metadata, maintenance } = this.#parts;
    const { directory, ranges } = maintenance;
    return this.#inTurn(() => writeSnapshotFile(directory, covered, { head, exemplars, metadata, rangeMs: ranges[0] ?? BLOCK_RANGE_MS }));
  }

  maintain(now: number): Promise<MaintenanceReport> {
    const { head, blocks, maintenance } = this.#parts;
    return this.#inTurn(async () => {
      const report = await runMaintenance(head, blocks, maintenance, now);
      this.#compactions += report.compacted;
      this.#releaseLabels();
      return report;
    });
  }

  async close(): Promise<void> {
    await this.#inTurn(async () => this.#parts.blocks.closeAll());
  }

  /** Forgets the labels of series that only blocks have: they are read again with their block. */
  #releaseLabels(): void {
    const { head, blocks, exemplars } = this.#parts;
    if (head.labelSets.size <= head.seriesCount * 2 + SPARE_LABEL_SETS) return;
    blocks.closeAll();
    head.labelSets.retain((id) => head.has(id) || exemplars.has(id));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#working.then(work, work);
    this.#working = turn.catch(() => undefined);
    return turn;
  }
}
