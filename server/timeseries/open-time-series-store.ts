import { mkdir, truncate } from 'node:fs/promises';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { ServerError } from '#server/server-error.ts';
import { PlainHead, type DroppedSamples } from './plain-head.ts';
import { decodeRecord, encodeBatch, encodeMetadata, type LoggedSample, type SeriesDefinition } from './log-records.ts';
import type { MemorySeries } from './memory-series.ts';
import { readRecordFile, type RecordFileEnd } from './record-file.ts';
import { listSnapshots, snapshotPath, writeSnapshot } from './snapshot.ts';
import type { Appender, AppendResult, LabelMatcher, Labels, MetricMetadata, Querier, Sample, SampleBatch, SeriesRef, SeriesSamples, TimeRange } from './storage.ts';
import { listSegments, segmentPath, WriteAheadLog } from './write-ahead-log.ts';

export interface TimeSeriesStoreOptions {
  /** Where log and snapshots live; made when missing. */
  readonly directory: string;
  /** Samples older than this are dropped. Default 6 hours. */
  readonly retentionMs?: number;
  /** Further series are refused and counted. Default 500,000. */
  readonly maxSeries?: number;
  /** A snapshot is written this often (default 10 minutes) or when the log has grown by `checkpointBytes` (64 MiB). */
  readonly checkpointIntervalMs?: number;
  readonly checkpointBytes?: number;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface StoreStats {
  readonly series: number;
  readonly samples: number;
  readonly appended: number;
  readonly dropped: DroppedSamples;
  readonly retentionMs: number;
  readonly logSegment: number;
}

/** The embedded store: what the scraper writes to and PromQL reads from. */
export interface TimeSeriesStore extends Querier, Appender {
  metadata(): Readonly<Record<string, MetricMetadata>>;
  stats(): StoreStats;
  /** Writes a snapshot now and drops the log it covers. */
  checkpoint(): Promise<void>;
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;

/**
 * Opens the store: loads the newest snapshot, replays the log after it (a torn tail is cut off and logged), and starts
 * a new log segment. Throws ServerError when the directory cannot be used. Shape: Prometheus tsdb head + WAL + checkpoint.
 */
export async function openTimeSeriesStore(options: TimeSeriesStoreOptions): Promise<TimeSeriesStore> {
  const { directory, clock } = options;
  const log = options.log.child({ part: 'timeseries' });
  try {
    await mkdir(directory, { recursive: true });
    const started = clock.now();
    const head = new PlainHead({ maxSeries: options.maxSeries ?? 500_000 });
    const restored = await restore(directory, head, log);
    head.dropBefore(started - (options.retentionMs ?? 6 * HOUR_MS));
    const wal = await WriteAheadLog.open({ directory, firstSegment: restored.nextSegment });
    log.info({ series: head.seriesCount, samples: head.sampleCount(), tookMs: clock.now() - started }, 'time series restored');
    return new DurableStore(options, log, head, wal, restored.metadata);
  } catch (error) {
    throw new ServerError('internal', `cannot open the metrics store in ${directory}: ${messageOf(error)}`, {
      hint: 'check that the directory can be written and that no other server uses it',
      cause: error,
    });
  }
}

interface Restored {
  readonly nextSegment: number;
  readonly metadata: Map<string, MetricMetadata>;
}

async function restore(directory: string, head: PlainHead, log: Logger): Promise<Restored> {
  const metadata = new Map<string, MetricMetadata>();
  const byRef = new Map<number, MemorySeries>();
  let unknown = 0;
  const apply = (payload: Buffer): void => {
    const record = decodeRecord(payload);
    if (record === undefined) {
      log.warn({ recordKind: payload[0] }, 'skipped a record of an unknown kind');
    } else if (record.kind === 'metadata') {
      for (const [name, entry] of Object.entries(record.metrics)) metadata.set(name, entry);
    } else if (record.kind === 'series') {
      const series = head.restoreSeries(record.definition.ref, record.definition.labels);
      series.restore(record.chunks);
      byRef.set(record.definition.ref, series);
    } else {
      for (const { ref, labels } of record.series) byRef.set(ref, head.restoreSeries(ref, labels));
      for (const { ref, time, value } of record.samples) {
        const series = byRef.get(ref);
        if (series === undefined) unknown++;
        else series.append(time, value);
      }
    }
  };

  let covered = 0;
  const [newest] = await listSnapshots(directory);
  if (newest !== undefined) {
    const path = snapshotPath(directory, newest);
    const end = await readRecordFile(path, apply);
    if (end.damage !== undefined) log.error({ path, ...end }, 'the metrics snapshot is damaged; what could be read of it is used');
    covered = newest;
  }
  let last = covered;
  for (const index of await listSegments(directory)) {
    last = Math.max(last, index);
    if (index <= covered) continue;
    const path = segmentPath(directory, index);
    const end = await readRecordFile(path, apply);
    await cutDamage(path, end, log);
  }
  if (unknown > 0) log.warn({ samples: unknown }, 'dropped samples of series the log does not define');
  return { nextSegment: last + 1, metadata };
}

async function cutDamage(path: string, end: RecordFileEnd, log: Logger): Promise<void> {
  if (end.damage === undefined) return;
  log.warn({ path, ...end }, 'cut off a damaged end of the metrics log');
  await truncate(path, end.validBytes);
}

class DurableStore implements TimeSeriesStore {
  readonly #directory: string;
  readonly #log: Logger;
  readonly #head: PlainHead;
  readonly #wal: WriteAheadLog;
  readonly #metadata: Map<string, MetricMetadata>;
  readonly #retentionMs: number;
  readonly #checkpointBytes: number;
  readonly #timers: (() => void)[];
  #appended = 0;
  #checkpointing: Promise<void> | undefined;

  constructor(options: TimeSeriesStoreOptions, log: Logger, head: PlainHead, wal: WriteAheadLog, metadata: Map<string, MetricMetadata>) {
    this.#directory = options.directory;
    this.#log = log;
    this.#head = head;
    this.#wal = wal;
    this.#metadata = metadata;
    this.#retentionMs = options.retentionMs ?? 6 * HOUR_MS;
    this.#checkpointBytes = options.checkpointBytes ?? 64 * 1024 * 1024;
    const { clock } = options;
    this.#timers = [
      clock.every(60_000, () => this.#head.dropBefore(clock.now() - this.#retentionMs)),
      clock.every(options.checkpointIntervalMs ?? 600_000, () => this.#checkpointLogged()),
    ];
  }

  readonly epoch = 1;
  readonly #labelsOfRef: Labels[] = [{}];
  readonly #refOfLabels = new WeakMap<Labels, SeriesRef>();

  ref(labels: Labels): SeriesRef {
    let ref = this.#refOfLabels.get(labels);
    if (ref === undefined) {
      ref = this.#labelsOfRef.push(labels) - 1;
      this.#refOfLabels.set(labels, ref);
    }
    return ref;
  }

  appendBatch({ count, refs, timestamps, values }: SampleBatch): Promise<AppendResult> {
    return this.append(Array.from({ length: count }, (_, i) => ({ labels: this.#labelsOfRef[refs[i] ?? 0] ?? {}, timestamp: timestamps[i] ?? NaN, value: values[i] ?? NaN })));
  }

  async append(samples: readonly Sample[]): Promise<AppendResult> {
    const created: SeriesDefinition[] = [];
    const taken: LoggedSample[] = [];
    const outcome = { appended: 0, duplicate: 0, outOfOrder: 0, tooOld: 0, seriesLimit: 0 };
    for (const sample of samples) {
      const result = this.#head.append(sample.labels, sample.timestamp, sample.value);
      if (result.outcome === 'duplicate') outcome.duplicate++;
      else if (result.outcome === 'out-of-order') outcome.outOfOrder++;
      else if (result.outcome === 'series-limit') outcome.seriesLimit++;
      else outcome.appended++;
      if (result.series === undefined) continue;
      if (result.created) created.push(result.series);
      if (result.outcome === 'appended') taken.push({ ref: result.series.ref, time: Math.round(sample.timestamp), value: sample.value });
    }
    if (taken.length === 0 && created.length === 0) return outcome;
    this.#appended += taken.length;
    try {
      await this.#wal.append(encodeBatch(created, taken));
    } catch (error) {
      // The next batch must not refer to series whose definition was lost.
      this.#checkpointLogged();
      throw new ServerError('internal', `could not write samples to the metrics log: ${messageOf(error)}`, { hint: 'check the free space of the data directory', cause: error });
    }
    if (this.#wal.bytesSinceCut > this.#checkpointBytes) this.#checkpointLogged();
    return outcome;
  }

  setMetadata(metricName: string, metadata: MetricMetadata): void {
    const known = this.#metadata.get(metricName);
    if (known !== undefined && known.type === metadata.type && known.help === metadata.help && known.unit === metadata.unit) return;
    this.#metadata.set(metricName, metadata);
    this.#wal.append(encodeMetadata({ [metricName]: metadata })).catch((error: unknown) => {
      this.#log.warn({ metric: metricName, error: messageOf(error) }, 'could not write metric metadata to the log');
    });
  }

  select(matchers: readonly LabelMatcher[], range: TimeRange): SeriesSamples[] {
    return this.#head.select(matchers, range);
  }
  series(matchers: readonly LabelMatcher[][], range: TimeRange): Labels[] {
    return this.#head.series(matchers, range);
  }
  labelNames(matchers: readonly LabelMatcher[][], range: TimeRange): string[] {
    return this.#head.labelNames(matchers, range);
  }
  labelValues(name: string, matchers: readonly LabelMatcher[][], range: TimeRange): string[] {
    return this.#head.labelValues(name, matchers, range);
  }
  metadata(): Readonly<Record<string, MetricMetadata>> {
    return Object.fromEntries(this.#metadata);
  }
  stats(): StoreStats {
    return {
      series: this.#head.seriesCount,
      samples: this.#head.sampleCount(),
      appended: this.#appended,
      dropped: this.#head.dropped,
      retentionMs: this.#retentionMs,
      logSegment: this.#wal.segment,
    };
  }

  checkpoint(): Promise<void> {
    this.#checkpointing ??= this.#writeCheckpoint().finally(() => {
      this.#checkpointing = undefined;
    });
    return this.#checkpointing;
  }

  async close(): Promise<void> {
    for (const cancel of this.#timers) cancel();
    await this.#checkpointing?.catch(() => undefined);
    await this.#wal.close();
  }

  async #writeCheckpoint(): Promise<void> {
    const covered = await this.#wal.cut();
    await writeSnapshot(this.#directory, covered, this.#head.allSeries(), this.metadata());
    await this.#wal.dropThrough(covered);
  }

  #checkpointLogged(): void {
    this.checkpoint().catch((error: unknown) => this.#log.error({ error: messageOf(error) }, 'could not write a snapshot of the metrics'));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
