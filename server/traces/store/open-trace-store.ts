import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { messageOf, ServerError } from '#server/server-error.ts';
import type { Span, SpanKind, Trace } from '#server/traces/trace-backend.ts';
import type { AppendOutcome } from './span-writer.ts';
import type { TraceQuery, TraceSearchResult } from './trace-query.ts';
import { startTraceThread, type TraceThread } from './trace-store-client.ts';

export interface TraceStoreOptions {
  /** Where the file `spans.db` lives; made when missing. */
  readonly directory: string;
  /** Traces go this long after their first span was stored. */
  readonly retentionMs: number;
  /** The longest stored traces go when the spans take more than this on disk. */
  readonly maxBytes: number;
  /** How often retention and size are looked after. Default one minute. */
  readonly sweepEveryMs?: number;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface TraceStoreStats {
  readonly traces: number;
  readonly spans: number;
  /** Bytes in use in the file. */
  readonly bytes: number;
  /** Since the store was opened. */
  readonly appended: number;
  readonly duplicates: number;
  readonly deleted: number;
  /** Spans handed to `append` and not on the disk yet. */
  readonly pending: number;
}

/** The embedded store: what the receiver writes to and the trace pages read from. */
export interface TraceStore {
  search(query: TraceQuery): Promise<TraceSearchResult>;
  get(traceId: string): Promise<Trace | undefined>;
  services(): Promise<readonly string[]>;
  operations(service: string): Promise<readonly { readonly name: string; readonly kind: SpanKind }[]>;
  attributeKeys(): Promise<readonly string[]>;
  /**
   * Resolves when the spans are on the disk. A span sent again unchanged is counted as a duplicate and changes nothing;
   * one of the same id with other content is kept beside the first. Rejects, storing none, with ServerError `overloaded`
   * when they could not be written now (full disk, closed store): sending them again later may work.
   */
  append(spans: readonly Span[]): Promise<AppendOutcome>;
  /** Deletes what is past retention or size. Gives the number of spans deleted. */
  sweep(): Promise<number>;
  /** Spans not on the disk yet. */
  readonly pending: number;
  stats(): Promise<TraceStoreStats>;
  close(): Promise<void>;
}

/**
 * Opens the store in two threads, one that writes and one that reads, so that neither a long search nor a sweep holds up
 * the server. Throws ServerError when the directory or the file cannot be used.
 */
export async function openTraceStore(options: TraceStoreOptions): Promise<TraceStore> {
  const log = options.log.child({ part: 'traces' });
  const file = join(options.directory, 'spans.db');
  let writer: TraceThread | undefined;
  try {
    await mkdir(options.directory, { recursive: true });
    writer = await startTraceThread({ file, role: 'writer' });
    const reader = await startTraceThread({ file, role: 'reader' });
    return new ThreadedTraceStore(options, log, writer, reader);
  } catch (error) {
    await writer?.close();
    throw new ServerError('internal', `cannot open the trace store ${file}: ${messageOf(error)}`, {
      hint: 'check that the directory can be written and that no other server uses it; a damaged file may be moved away',
      cause: error,
    });
  }
}

class ThreadedTraceStore implements TraceStore {
  readonly #options: TraceStoreOptions;
  readonly #log: Logger;
  readonly #writer: TraceThread;
  readonly #reader: TraceThread;
  readonly #stopSweeping: () => void;
  readonly #totals = { appended: 0, duplicates: 0, deleted: 0 };
  #pending = 0;
  #closed = false;

  constructor(options: TraceStoreOptions, log: Logger, writer: TraceThread, reader: TraceThread) {
    this.#options = options;
    this.#log = log;
    this.#writer = writer;
    this.#reader = reader;
    const sweep = (): void => {
      this.sweep().catch((error: unknown) => {
        if (!this.#closed) log.error({ error: messageOf(error) }, 'old traces could not be deleted');
      });
    };
    this.#stopSweeping = options.clock.every(options.sweepEveryMs ?? 60_000, sweep);
    sweep();
  }

  get pending(): number {
    return this.#pending;
  }

  async append(spans: readonly Span[]): Promise<AppendOutcome> {
    if (spans.length === 0) return { stored: 0, duplicates: 0 };
    this.#pending += spans.length;
    try {
      const outcome = await this.#writer.ask('append', spans, this.#options.clock.now());
      this.#totals.appended += outcome.stored;
      this.#totals.duplicates += outcome.duplicates;
      return outcome;
    } catch (error) {
      if (!this.#closed) this.#log.error({ spans: spans.length, error: messageOf(error) }, 'spans could not be written');
      throw new ServerError('overloaded', `The spans could not be written: ${messageOf(error)}.`, { hint: 'Send them again later.', cause: error });
    } finally {
      this.#pending -= spans.length;
    }
  }

  async sweep(): Promise<number> {
    const { retentionMs, maxBytes, clock } = this.#options;
    const deleted = await this.#writer.ask('sweep', { storedBeforeMs: Math.floor(clock.now() - retentionMs), maxBytes });
    this.#totals.deleted += deleted;
    if (deleted > 0) this.#log.info({ spans: deleted }, 'deleted old spans');
    return deleted;
  }

  search: TraceStore['search'] = (query) => this.#reader.ask('search', query);
  get: TraceStore['get'] = (traceId) => this.#reader.ask('get', traceId);
  services: TraceStore['services'] = () => this.#reader.ask('services');
  operations: TraceStore['operations'] = (service) => this.#reader.ask('operations', service);
  attributeKeys: TraceStore['attributeKeys'] = () => this.#reader.ask('attributeKeys');

  async stats(): Promise<TraceStoreStats> {
    return { ...(await this.#reader.ask('counts')), ...this.#totals, pending: this.#pending };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopSweeping();
    // The reader first: the last connection of a file is the one that folds its log in.
    await this.#reader.close();
    await this.#writer.close();
  }
}
