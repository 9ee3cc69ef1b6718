import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { messageOf, ServerError } from '#server/server-error.ts';
import { encodeCommit } from './commit-codec.ts';
import { EMPTY_COMMIT, type Commit } from './commit.ts';
import { ExemplarFilter } from './exemplar-filter.ts';
import type { Admission, SeriesRegistry } from './series-registry.ts';
import type { Appender, AppendResult, Labels, MetricMetadata, Sample, SampleBatch, SeriesRef } from './storage.ts';
import type { WriteAheadLog } from './write-ahead-log.ts';

/** Whether the store takes samples. `reason` is a sentence for people; `since` in Unix ms. */
export type StoreState = { readonly kind: 'ok' } | { readonly kind: 'refusing'; readonly reason: string; readonly since: number };

export interface IngesterOptions {
  readonly registry: SeriesRegistry;
  /** Opens the log; told what to call when a write fails. */
  readonly openLog: (onFailure: (error: unknown) => void) => Promise<WriteAheadLog>;
  /** Called with every commit once it is on disk, in order: what the database applies. The bytes are the callee's. */
  readonly deliver: (commit: Uint8Array<ArrayBuffer>) => void;
  /** Resolves when the database is not too far behind to take more. */
  readonly room?: () => Promise<void> | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Counts since the ingester was made. */
export interface IngestCounts {
  readonly appended: number;
  readonly duplicate: number;
  readonly outOfOrder: number;
  readonly tooOld: number;
  readonly seriesLimit: number;
  readonly seriesCreated: number;
  readonly seriesRemoved: number;
  readonly exemplarsAppended: number;
  readonly exemplarsOutOfOrder: number;
  /** Commits that the disk refused. */
  readonly failedCommits: number;
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
const METADATA_DELAY_MS = 200;

/**
 * The write side of the store. A batch is decided upon, written to the log, handed to the database, and only then
 * acknowledged. When the disk refuses a write nothing of it remains, further batches are refused at once with the reason,
 * and the log is tried again, less and less often, until it can be written.
 */
export class Ingester implements Appender {
  readonly #options: IngesterOptions;
  readonly #registry: SeriesRegistry;
  readonly #exemplars = new ExemplarFilter();
  readonly #metadata = new Map<string, MetricMetadata>();
  #unwrittenMetadata = new Map<string, MetricMetadata>();
  /** Decided upon and not on disk yet, oldest first. */
  readonly #pending: { undo(): void }[] = [];
  readonly #counts = { appended: 0, duplicate: 0, outOfOrder: 0, tooOld: 0, seriesLimit: 0, seriesCreated: 0, seriesRemoved: 0, exemplarsAppended: 0, failedCommits: 0 };
  #wal: WriteAheadLog | undefined;
  #state: StoreState = { kind: 'ok' };
  #retryMs = FIRST_RETRY_MS;
  #cancelRetry: () => void = () => undefined;
  #cancelMetadata: (() => void) | undefined;
  #closed = false;

  private constructor(options: IngesterOptions) {
    this.#options = options;
    this.#registry = options.registry;
  }

  /** Opens the log and starts. Rejects with the error of the disk. */
  static async open(options: IngesterOptions): Promise<Ingester> {
    const ingester = new Ingester(options);
    ingester.#wal = await options.openLog((error) => ingester.#onFailure(error));
    return ingester;
  }

  get epoch(): number {
    return this.#registry.epoch;
  }
  get state(): StoreState {
    return this.#state;
  }
  get counts(): IngestCounts {
    return { ...this.#counts, exemplarsOutOfOrder: this.#exemplars.outOfOrder };
  }
  get wal(): WriteAheadLog {
    if (this.#wal === undefined) throw new Error('the log is not open');
    return this.#wal;
  }

  ref(labels: Labels): SeriesRef {
    const before = this.#registry.seriesCount;
    const ref = this.#registry.ref(labels);
    this.#counts.seriesCreated += this.#registry.seriesCount - before;
    return ref;
  }

  async appendBatch(batch: SampleBatch): Promise<AppendResult> {
    const room = this.#options.room?.();
    if (room !== undefined) await room;
    this.#assertWritable();
    const admission = this.#admit(batch);
    const exemplars = (batch.exemplars ?? []).filter(({ ref, exemplar }) => this.#registry.isDefined(ref) && this.#exemplars.take(ref, exemplar));
    if (admission.count > 0 || exemplars.length > 0) await this.#write(admission, exemplars);
    const { result } = admission;
    this.#counts.appended += result.appended;
    this.#counts.duplicate += result.duplicate;
    this.#counts.outOfOrder += result.outOfOrder;
    this.#counts.tooOld += result.tooOld;
    this.#counts.seriesLimit += result.seriesLimit;
    return result;
  }

  append(samples: readonly Sample[]): Promise<AppendResult> {
    const count = samples.length;
    const refs = new Int32Array(count);
    const timestamps = new Float64Array(count);
    const values = new Float64Array(count);
    const histograms = new Map<number, NonNullable<Sample['histogram']>>();
    const startTimestamps = new Map<number, number>();
    for (const [i, sample] of samples.entries()) {
      refs[i] = this.ref(sample.labels);
      timestamps[i] = sample.timestamp;
      values[i] = sample.value;
      if (sample.histogram !== undefined) histograms.set(i, sample.histogram);
      if (sample.startTimestamp !== undefined) startTimestamps.set(i, sample.startTimestamp);
    }
    return this.appendBatch({ count, refs, timestamps, values, histograms, startTimestamps });
  }

  setMetadata(metricName: string, metadata: MetricMetadata): void {
    const known = this.#metadata.get(metricName);
    if (known !== undefined && known.type === metadata.type && known.help === metadata.help && known.unit === metadata.unit) return;
    this.#metadata.set(metricName, metadata);
    this.#unwrittenMetadata.set(metricName, metadata);
    // Usually a batch follows and takes it along.
    this.#cancelMetadata ??= this.#options.clock.after(METADATA_DELAY_MS, () => void this.#flushMetadata());
  }

  /** Forgets series without a sample since `cutoff` (Unix ms), here, in the log and in the database; gives how many. */
  async dropSeriesBefore(cutoff: number): Promise<number> {
    this.#assertWritable();
    const before = this.#registry.seriesCount;
    const dropped = this.#registry.dropBefore(cutoff);
    const removed = before - this.#registry.seriesCount;
    this.#counts.seriesRemoved += removed;
    this.#exemplars.forget(dropped);
    // When this is lost the database keeps the series for as long as it keeps any without samples: no harm.
    if (dropped.length > 0) await this.#commit({ ...EMPTY_COMMIT, dropped }, () => undefined);
    return removed;
  }

  /** Writes what waits and closes the log. */
  async close(): Promise<void> {
    if (this.#closed) return;
    if (this.#state.kind === 'ok') await this.#flushMetadata();
    this.#closed = true;
    this.#cancelRetry();
    this.#cancelMetadata?.();
    await this.wal.close();
  }

  #admit(batch: SampleBatch): Admission {
    try {
      return this.#registry.admit(batch);
    } catch (cause) {
      throw new ServerError('conflict', `samples were not stored: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }

  async #write(admission: Admission, exemplars: Commit['exemplars']): Promise<void> {
    const { fresh, count, refs, timestamps, values, histograms, startTimestamps } = admission;
    const metadata = this.#unwrittenMetadata;
    this.#unwrittenMetadata = new Map();
    await this.#commit({ ...EMPTY_COMMIT, series: fresh, count, refs, timestamps, values, histograms, startTimestamps, exemplars, metadata: [...metadata] }, () => {
      admission.undo();
      this.#exemplars.undo(exemplars);
      for (const [name, entry] of metadata) if (!this.#unwrittenMetadata.has(name)) this.#unwrittenMetadata.set(name, entry);
    });
    this.#counts.exemplarsAppended += exemplars.length;
  }

  /** Rejects with ServerError when the disk refuses; `undo` was called then, after those of later commits. */
  async #commit(commit: Commit, undo: () => void): Promise<void> {
    const bytes = encodeCommit(commit);
    this.#pending.push({ undo });
    try {
      await this.wal.append(bytes, () => {
        this.#pending.shift();
        this.#options.deliver(ownBytes(bytes));
      });
      this.#retryMs = FIRST_RETRY_MS;
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  #onFailure(error: unknown): void {
    this.#counts.failedCommits += this.#pending.length;
    for (const pending of this.#pending.splice(0).reverse()) pending.undo();
    if (this.#state.kind === 'ok') {
      this.#state = { kind: 'refusing', reason: messageOf(error), since: this.#options.clock.now() };
      this.#options.log.error({ error: messageOf(error) }, 'the metrics log cannot be written: samples are refused until it can');
    } else this.#state = { ...this.#state, reason: messageOf(error) };
    this.#retryLater();
  }

  #retryLater(): void {
    if (this.#closed) return;
    this.#cancelRetry();
    this.#cancelRetry = this.#options.clock.after(this.#retryMs, () => void this.#retry());
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2);
  }

  /** Tries the log with a record that says nothing; its failure comes back by #onFailure. */
  async #retry(): Promise<void> {
    if (this.#closed) return;
    try {
      await this.wal.append(encodeCommit(EMPTY_COMMIT));
    } catch {
      // Told to #onFailure, which waits longer.
      return;
    }
    if (this.#state.kind === 'refusing') {
      this.#options.log.info({ refusedMs: this.#options.clock.now() - this.#state.since }, 'the metrics log can be written again');
      this.#state = { kind: 'ok' };
    }
  }

  async #flushMetadata(): Promise<void> {
    this.#cancelMetadata?.();
    this.#cancelMetadata = undefined;
    if (this.#unwrittenMetadata.size === 0 || this.#closed || this.#state.kind !== 'ok') return;
    const metadata = this.#unwrittenMetadata;
    this.#unwrittenMetadata = new Map();
    try {
      await this.#commit({ ...EMPTY_COMMIT, metadata: [...metadata] }, () => {
        for (const [name, entry] of metadata) if (!this.#unwrittenMetadata.has(name)) this.#unwrittenMetadata.set(name, entry);
      });
    } catch (error) {
      this.#options.log.warn({ metrics: metadata.size, error: messageOf(error) }, 'could not write metric metadata; it goes with the next samples');
    }
  }

  #assertWritable(): void {
    if (this.#closed) throw new ServerError('overloaded', 'the metrics store is closed');
    if (this.#state.kind === 'refusing') throw this.#refusal(this.#state.reason);
  }

  #refusal(cause: unknown): ServerError {
    return new ServerError('overloaded', `the metrics store takes no samples: its log cannot be written (${messageOf(cause)})`, { hint: 'free space on the disk of the data directory; storing goes on by itself', cause });
  }
}

/** The bytes in memory of their own, so that they can be given to another thread. */
function ownBytes(bytes: Buffer): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength ? new Uint8Array(bytes.buffer) : new Uint8Array(bytes);
}
