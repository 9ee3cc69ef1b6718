import { mkdir } from 'node:fs/promises';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { TsdbStatusSource } from '#server/prometheus-api/tsdb-status.ts';
import type { EngineOptions } from '#server/promql/engine.ts';
import type { MetricsBackend } from '#server/promql/metrics-backend.ts';
import { messageOf, ServerError } from '#server/server-error.ts';
import { decodeCommit } from '#server/timeseries/commit-codec.ts';
import type { DatabaseStats } from '#server/timeseries/database.ts';
import { Ingester, type IngestCounts, type StoreState } from '#server/timeseries/ingester.ts';
import { SeriesRegistry } from '#server/timeseries/series-registry.ts';
import type { Appender } from '#server/timeseries/storage.ts';
import { WriteAheadLog } from '#server/timeseries/write-ahead-log.ts';
import { MetricsWorkerHost, type OpenedDatabase } from './metrics-worker-host.ts';
import { createThreadBackend } from './thread-backend.ts';

/** How the store is opened. Durations in ms; what has a default may be left out. */
export interface MetricsThreadOptions {
  /** Where log, snapshots and blocks live; made when missing. Nobody else may use it. */
  readonly directory: string;
  /** Older samples are deleted. Default 6 hours. */
  readonly retentionMs?: number;
  /** Most bytes of blocks; the oldest go first. Default 4 GiB. */
  readonly maxBytes?: number;
  /** How late a sample may come. Default 0: samples are taken in order only. */
  readonly outOfOrderWindowMs?: number;
  /** Most series at a time. Default 1,000,000. */
  readonly maxSeries?: number;
  /** The time range of one block. Default 2 hours. */
  readonly blockRangeMs?: number;
  /** Longest time of a query. Default 2 minutes. */
  readonly queryTimeoutMs?: number;
  /** Most memory of the thread for objects; a query that needs more ends the thread, which starts again. Default: Node's own. */
  readonly threadHeapMegabytes?: number;
  /** The log is cut into segments of about this size (default 64 MiB). */
  readonly segmentBytes?: number;
  /** A snapshot replaces the log when it has grown by this much (default 64 MiB), or at this age (default 10 minutes). */
  readonly checkpointBytes?: number;
  readonly checkpointIntervalMs?: number;
  /** How often it is looked whether something is to be written, compacted or deleted. Default 1 minute. */
  readonly maintainIntervalMs?: number;
  readonly engine?: EngineOptions;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface MetricsStats {
  readonly ingest: IngestCounts;
  /** Series that samples are taken of. */
  readonly series: number;
  /** Unix ms of the newest sample; -Infinity when there is none. */
  readonly maxTime: number;
  readonly logSegment: number;
  readonly logBytes: number;
  readonly logSyncs: number;
  /** Bytes of commits that queries do not see yet. */
  readonly backlogBytes: number;
  readonly runningQueries: number;
  /** How often the thread ended on its own. */
  readonly threadCrashes: number;
  /** Of the database, some seconds old; undefined before it first told. */
  readonly database: DatabaseStats | undefined;
}

/** The embedded metrics store: samples go in here, in this thread; the database and PromQL run in another. */
export interface MetricsThread {
  readonly backend: MetricsBackend;
  readonly appender: Appender;
  /** Whether samples are taken. */
  state(): StoreState;
  /** Whether queries are answered: not while the thread starts again. */
  isUp(): boolean;
  stats(): MetricsStats;
  /** What the database tells about itself now. Rejects with QueryError while there is none. */
  databaseStats(): Promise<DatabaseStats>;
  /** Statistics of what is in memory, with at most `limit` lines each. Rejects as `databaseStats`. */
  readonly status: TsdbStatusSource;
  /** Writes blocks, compacts and deletes what is due now, and a snapshot when `snapshot` is true or it is worth it. */
  maintain(snapshot?: boolean): Promise<void>;
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;
const MIB = 1024 * 1024;
const STATS_INTERVAL_MS = 10_000;
const FIRST_RESTART_MS = 100;
const LONGEST_RESTART_MS = 30_000;
const HEALTHY_MS = 60_000;

/** Opens the store and starts its thread. Rejects with ServerError when the directory cannot be used. */
export async function openMetricsThread(options: MetricsThreadOptions): Promise<MetricsThread> {
  try {
    await mkdir(options.directory, { recursive: true });
    return await RunningThread.open(options);
  } catch (cause) {
    throw new ServerError('internal', `cannot open the metrics store in ${options.directory}: ${messageOf(cause)}`, { hint: 'check that the directory can be written and that no other server uses it', cause });
  }
}

class RunningThread implements MetricsThread {
  readonly backend: MetricsBackend;
  readonly appender: Ingester;
  readonly #options: MetricsThreadOptions;
  readonly #log: Logger;
  readonly #host: MetricsWorkerHost;
  readonly #registry: SeriesRegistry;
  readonly #timers: (() => void)[];
  #maintaining: Promise<void> | undefined;
  #lastCheckpoint: number;
  #database: DatabaseStats | undefined;
  #restartWaitMs = FIRST_RESTART_MS;
  #lastRestart = -Infinity;
  #closed = false;

  private constructor(options: MetricsThreadOptions, log: Logger, host: MetricsWorkerHost, registry: SeriesRegistry, appender: Ingester) {
    const { clock } = options;
    this.#options = options;
    this.#log = log;
    this.#host = host;
    this.#registry = registry;
    this.appender = appender;
    this.backend = createThreadBackend(host.calls, options.queryTimeoutMs);
    this.#lastCheckpoint = clock.now();
    this.#timers = [
      clock.every(options.maintainIntervalMs ?? 60_000, () => void this.maintain().catch((error: unknown) => this.#log.error({ error: messageOf(error) }, 'the upkeep of the metrics store failed; it is tried again'))),
      clock.every(STATS_INTERVAL_MS, () => void this.databaseStats().catch(() => undefined)),
    ];
  }

  static async open(options: MetricsThreadOptions): Promise<RunningThread> {
    const { directory, clock } = options;
    const log = options.log.child({ part: 'metrics store' });
    const started = clock.now();
    const blockRangeMs = options.blockRangeMs ?? 2 * HOUR_MS;
    const outOfOrderWindowMs = options.outOfOrderWindowMs ?? 0;
    let crashed = (): void => undefined;
    const { host, opened } = await MetricsWorkerHost.start({
      database: { directory, retentionMs: options.retentionMs ?? 6 * HOUR_MS, maxBytes: options.maxBytes ?? 4096 * MIB, outOfOrderWindowMs, blockRangeMs },
      engine: options.engine ?? {},
      heapMegabytes: options.threadHeapMegabytes,
      clock,
      log,
      onCrash: () => crashed(),
    });
    try {
      for (const warning of opened.warnings) log.warn({ warning }, 'the metrics store was damaged');
      const registry = new SeriesRegistry({ maxSeries: options.maxSeries ?? 1_000_000, outOfOrderWindowMs, blockRangeMs }, opened.nextRef);
      restoreSeries(registry, opened);
      const ingester = await Ingester.open({
        registry,
        openLog: (onFailure) => WriteAheadLog.open({ directory, firstSegment: opened.nextSegment, onFailure, ...(options.segmentBytes === undefined ? {} : { segmentBytes: options.segmentBytes }) }),
        deliver: (bytes) => host.deliver(bytes),
        room: () => host.room(),
        clock,
        log,
      });
      const running = new RunningThread(options, log, host, registry, ingester);
      crashed = () => void running.#restart();
      log.info({ series: registry.seriesCount, tookMs: clock.now() - started }, 'metrics store opened');
      return running;
    } catch (error) {
      await host.close();
      throw error;
    }
  }

  state(): StoreState {
    return this.appender.state;
  }

  isUp(): boolean {
    return this.#host.isUp;
  }

  stats(): MetricsStats {
    const { wal, counts } = this.appender;
    return {
      ingest: counts,
      series: this.#registry.seriesCount,
      maxTime: this.#registry.maxTime,
      logSegment: wal.segment,
      logBytes: wal.written.bytes,
      logSyncs: wal.written.syncs,
      backlogBytes: this.#host.backlogBytes,
      runningQueries: this.#host.calls.running,
      threadCrashes: this.#host.crashes,
      database: this.#database,
    };
  }

  async databaseStats(): Promise<DatabaseStats> {
    this.#database = await this.#host.ask<'stats'>((id) => ({ kind: 'stats', id }));
    return this.#database;
  }

  readonly status: TsdbStatusSource = (limit) => this.#host.ask<'status'>((id) => ({ kind: 'status', id, limit }));

  async maintain(snapshot = false): Promise<void> {
    // A wish that comes while one is under way gets a round of its own: it may ask for more.
    while (this.#maintaining !== undefined) await this.#maintaining.catch(() => undefined);
    if (this.#closed) return;
    this.#maintaining = this.#maintain(snapshot).finally(() => {
      this.#maintaining = undefined;
    });
    await this.#maintaining;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const cancel of this.#timers) cancel();
    await this.#maintaining?.catch(() => undefined);
    await this.appender.close();
    await this.#host.close();
  }

  async #maintain(snapshot: boolean): Promise<void> {
    const { clock } = this.#options;
    const report = await this.#host.ask<'maintain'>((id) => ({ kind: 'maintain', id, now: clock.now() }));
    for (const warning of report.warnings) this.#log.warn({ warning }, 'upkeep of the metrics store');
    if (report.persistedUntil > -Infinity) {
      this.#registry.raiseMinValidTime(report.persistedUntil);
      // What the database has in memory for samples out of order must not lose its series.
      const cutoff = report.persistedUntil - (this.#options.outOfOrderWindowMs ?? 0);
      if (report.written > 0 && this.state().kind === 'ok') await this.appender.dropSeriesBefore(cutoff);
    }
    const { wal } = this.appender;
    const due = wal.bytesSinceCut > 0 && (wal.bytesSinceCut > (this.#options.checkpointBytes ?? 64 * MIB) || clock.now() - this.#lastCheckpoint > (this.#options.checkpointIntervalMs ?? 600_000));
    if (snapshot || report.snapshotWanted || due) await this.#checkpoint();
    this.#database = await this.#host.ask<'stats'>((id) => ({ kind: 'stats', id }));
  }

  /** The thread writes what it holds at the end of a log segment; then the log up to there is superfluous. */
  async #checkpoint(): Promise<void> {
    const { wal } = this.appender;
    let written: Promise<undefined> | undefined;
    const covered = await wal.cut((coveredSegment) => {
      written = this.#host.ask<'snapshot'>((id) => ({ kind: 'snapshot', id, coveredSegment }));
      // Awaited below, after the cut itself.
      written.catch(() => undefined);
    });
    await written;
    this.#lastCheckpoint = this.#options.clock.now();
    await wal.dropThrough(covered);
  }

  /** Cuts the log so that it is clear which commits the new thread reads from disk and which it is given. */
  async #restart(): Promise<void> {
    const { clock } = this.#options;
    if (clock.now() - this.#lastRestart > HEALTHY_MS) this.#restartWaitMs = FIRST_RESTART_MS;
    while (!this.#closed) {
      const waitMs = this.#restartWaitMs;
      this.#restartWaitMs = Math.min(LONGEST_RESTART_MS, waitMs * 2);
      await new Promise<void>((resolve) => void clock.after(waitMs, resolve));
      if (this.#closed) return;
      const started = clock.now();
      this.#lastRestart = started;
      try {
        let opened: Promise<OpenedDatabase> | undefined;
        await this.appender.wal.cut((covered) => {
          opened = this.#host.restart(covered);
          opened.catch(() => undefined);
        });
        await opened;
        this.#log.info({ tookMs: clock.now() - started }, 'the metrics thread is back');
        return;
      } catch (error) {
        this.#log.error({ error: messageOf(error), againInMs: this.#restartWaitMs }, 'the metrics thread could not be started again');
      }
    }
  }
}

function restoreSeries(registry: SeriesRegistry, { series }: OpenedDatabase): void {
  const known = decodeCommit(series);
  for (const [i, { ref, labels }] of known.series.entries()) registry.restore(ref, labels, known.timestamps[i] ?? -Infinity, known.values[i] ?? NaN);
}
