import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { messageOf, ServerError } from '#server/server-error.ts';
import { traceOfSegment } from '#server/traces/core/trace-of-segment.ts';
import type { OtlpEncoding } from '#server/traces/otlp/decode-request.ts';
import { openPacked, type PackedSegment } from '#server/traces/segment/packed-segment.ts';
import type { PackedSpans } from '#server/traces/segment/packed-spans.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { SPAN_KINDS } from '#server/traces/segment/span-words.ts';
import { startThread, type Thread, type ThreadLog } from '#server/traces/threads/start-thread.ts';
import type { Span, Trace, TraceOperation } from '#server/traces/trace-backend.ts';
import type { AppendOutcome, OtlpOutcome } from './append-outcome.ts';
import { ReaderPool } from './reader-pool.ts';
import type { Catalogue, FanOutOptions, SegmentSource, Shares } from './segment-source.ts';
import type { WriterData, WriterVerbs } from './threads/messages.ts';

export interface TraceStoreOptions {
  /** Where log, blocks and manifest live; made when missing. */
  readonly directory: string;
  /** Traces go this long after they were stored, or a sixteenth of it later: blocks go as a whole. */
  readonly retentionMs: number;
  /** The longest stored traces go when the store takes more than this on disk. */
  readonly maxBytes: number;
  /** How often retention and size are looked after. Default one minute. */
  readonly sweepEveryMs?: number;
  /** Of memory for spans that are in no block yet. Default 64 MiB. */
  readonly headBytes?: number;
  /** Of memory for what was read from blocks, all threads together. Default 256 MiB. */
  readonly cacheBytes?: number;
  /** The module whose `evaluatePart` answers questions; tests give another. */
  readonly evaluator?: URL;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface TraceStoreStats {
  readonly traces: number;
  readonly spans: number;
  /** On the disk. */
  readonly bytes: number;
  readonly blocks: number;
  /** Of memory, roughly, for spans that are in no block yet. */
  readonly headBytes: number;
  /** Since the store was opened. */
  readonly appended: number;
  readonly duplicates: number;
  readonly deleted: number;
  /** Bytes handed over and not on the disk yet. */
  readonly pendingBytes: number;
}

/** The embedded store: what the receiver writes to and the trace pages read from. */
export interface TraceStore extends SegmentSource {
  /**
   * Resolves when the spans are on the disk. A span sent again unchanged is counted as a duplicate and changes nothing;
   * one of the same id with other content is kept beside the first. Rejects, storing none, with ServerError `overloaded`
   * when they could not be written now (full disk, closed store): sending them again later may work.
   */
  append(spans: readonly Span[]): Promise<AppendOutcome>;
  /** The same of spans that come from another thread, as bytes, which must not be used any more. */
  appendPacked(packed: PackedSpans): Promise<AppendOutcome>;
  /** The same for the body of an OTLP request, unzipped, which is decoded in the store's thread. The bytes must not be used any more. */
  appendOtlp(body: Uint8Array, encoding: OtlpEncoding): Promise<OtlpOutcome>;
  get(traceId: string): Promise<Trace | undefined>;
  /** The whole trace as `segment` gives it, unopened. */
  packed(traceId: string): Promise<PackedSegment | undefined>;
  /** Another text when spans of the trace came or went, and now and then without that. Cheap. */
  stateOf(traceId: string): Promise<string>;
  services(): Promise<readonly string[]>;
  operations(service: string): Promise<readonly TraceOperation[]>;
  /** Deletes what is past retention or size. Gives the number of spans deleted. */
  sweep(): Promise<number>;
  /** Writes what is in memory to blocks now. It is safe in the log anyway. */
  flush(): Promise<void>;
  /** Bytes of requests handed over, and not on the disk yet. */
  readonly pendingBytes: number;
  stats(): Promise<TraceStoreStats>;
  close(): Promise<void>;
}

const TICK_MS = 5_000;
/** What a span takes on its way between threads, roughly. */
const SPAN_BYTES = 1_000;

/**
 * Opens the store: one thread that writes (see store-writer.ts), threads that read blocks, and one that merges them, so
 * that nothing of it holds up the server. Throws ServerError when the directory cannot be used.
 */
export async function openTraceStore(options: TraceStoreOptions): Promise<TraceStore> {
  const { directory, retentionMs, maxBytes, headBytes = 64 * 1024 * 1024, cacheBytes = 256 * 1024 * 1024 } = options;
  const log = options.log.child({ part: 'traces' });
  const evaluator = (options.evaluator ?? new URL('../engine/evaluate-part.ts', import.meta.url)).href;
  const tell: ThreadLog = (level, fields, message) => log[level](fields, message);
  if (existsSync(join(directory, 'spans.db'))) log.warn({ file: join(directory, 'spans.db') }, 'spans of an older version are left in this file and not shown; it may be deleted');
  let writer: Thread<WriterVerbs> | undefined;
  try {
    writer = await startThread<WriterVerbs>(new URL('threads/writer-thread.ts', import.meta.url), { name: 'traces writer', data: { directory, retentionMs, maxBytes, headBytes, cacheBytes: cacheBytes / 8, evaluator } satisfies WriterData, log: tell });
    const readers = await ReaderPool.start({ cacheBytes: (cacheBytes / 8) * 7, evaluator }, tell);
    return new ThreadedTraceStore(options, log, writer, readers);
  } catch (error) {
    await writer?.close();
    throw new ServerError('internal', `cannot open the trace store ${directory}: ${messageOf(error)}`, {
      hint: 'check that the directory can be written and that no other server uses it; a damaged directory may be moved away',
      cause: error,
    });
  }
}

class ThreadedTraceStore implements TraceStore {
  readonly #options: TraceStoreOptions;
  readonly #log: Logger;
  readonly #writer: Thread<WriterVerbs>;
  readonly #readers: ReaderPool;
  readonly #stopTimers: () => void;
  readonly #totals = { appended: 0, duplicates: 0, deleted: 0 };
  #pendingBytes = 0;
  #closed = false;

  constructor(options: TraceStoreOptions, log: Logger, writer: Thread<WriterVerbs>, readers: ReaderPool) {
    this.#options = options;
    this.#log = log;
    this.#writer = writer;
    this.#readers = readers;
    const logged = (work: () => Promise<unknown>, message: string) => (): void => {
      work().catch((error: unknown) => {
        if (!this.#closed) log.error({ error: messageOf(error) }, message);
      });
    };
    const sweep = logged(() => this.sweep(), 'old traces could not be deleted');
    const { clock, sweepEveryMs = 60_000 } = options;
    const stops = [clock.every(sweepEveryMs, sweep), clock.every(TICK_MS, logged(() => this.#writer.ask('tick', [clock.now()]), 'the trace store does not answer'))];
    this.#stopTimers = () => stops.forEach((stop) => stop());
    sweep();
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  async append(spans: readonly Span[]): Promise<AppendOutcome> {
    if (spans.length === 0) return { stored: 0, duplicates: 0 };
    return this.#write(spans.length * SPAN_BYTES, () => this.#writer.ask('append', [spans, this.#options.clock.now()]));
  }

  async appendPacked(packed: PackedSpans): Promise<AppendOutcome> {
    return this.#write(packed.bytes.byteLength, () => this.#writer.ask('appendPacked', [packed, this.#options.clock.now()], [packed.bytes.buffer]));
  }

  async appendOtlp(body: Uint8Array, encoding: OtlpEncoding): Promise<OtlpOutcome> {
    // Memory that others have a share in stays here.
    const own = body.byteOffset === 0 && body.byteLength === body.buffer.byteLength && body.buffer instanceof ArrayBuffer ? body.buffer : new Uint8Array(body).buffer;
    return this.#write(body.byteLength, () => this.#writer.ask('appendOtlp', [new Uint8Array(own), encoding, this.#options.clock.now()], [own]));
  }

  async #write<T extends AppendOutcome | OtlpOutcome>(bytes: number, send: () => Promise<T>): Promise<T> {
    this.#pendingBytes += bytes;
    try {
      const outcome = await send();
      if ('stored' in outcome) {
        this.#totals.appended += outcome.stored;
        this.#totals.duplicates += outcome.duplicates;
      }
      return outcome;
    } catch (error) {
      if (!this.#closed) this.#log.error({ bytes, error: messageOf(error) }, 'spans could not be written');
      throw new ServerError('overloaded', `The spans could not be written: ${this.#closed ? 'the trace store is closed' : messageOf(error)}.`, { hint: 'Send them again later.', cause: error });
    } finally {
      this.#pendingBytes -= bytes;
    }
  }

  async fanOut(task: unknown, { window, signal }: FanOutOptions = {}): Promise<Shares> {
    signal?.throwIfAborted();
    const cancel = new Int32Array(new SharedArrayBuffer(4));
    const aborted = abortOf(signal, () => Atomics.store(cancel, 0, 1));
    try {
      return await Promise.race([aborted.promise, this.#evaluate(task, window, cancel)]);
    } finally {
      aborted.forget();
    }
  }

  async #evaluate(task: unknown, window: FanOutOptions['window'], cancel: Int32Array): Promise<Shares> {
    try {
      const { pin, blocks, ...mine } = await this.#writer.ask('share', [task, window, cancel]);
      try {
        const shares = [mine, ...(await this.#readers.evaluate(blocks, pin, task, window, cancel))];
        const leftOut = shares.flatMap((share) => share.leftOut);
        for (const reason of new Set(leftOut.map((one) => one.reason))) this.#log.error({ damaged: reason }, 'stored spans cannot be read; they are left out of an answer');
        // Where the directory is is nobody's business but that of who reads the log.
        const told = leftOut.map((one) => ({ ...one, reason: one.reason.replace(join(this.#options.directory, '/'), '') }));
        return { parts: shares.flatMap((share) => share.parts), leftOut: told };
      } finally {
        await this.#writer.ask('unpin', [pin]).catch(() => undefined);
      }
    } catch (error) {
      throw new ServerError('internal', `The stored traces could not be searched: ${messageOf(error)}.`, { cause: error });
    }
  }

  async packed(traceId: string): Promise<PackedSegment | undefined> {
    const id = traceId.toLowerCase();
    if (!/^[0-9a-f]{32}$/.test(id)) return undefined;
    const { pin, head, blocks } = await this.#writer.ask('trace', [id]);
    try {
      return blocks.length === 0 ? head : await this.#readers.trace(id, blocks, head);
    } finally {
      await this.#writer.ask('unpin', [pin]).catch(() => undefined);
    }
  }

  stateOf(traceId: string): Promise<string> {
    return this.#writer.ask('traceState', [traceId.toLowerCase()]);
  }

  async segment(traceId: string): Promise<Segment | undefined> {
    const packed = await this.packed(traceId);
    return packed === undefined ? undefined : openPacked(packed);
  }

  async get(traceId: string): Promise<Trace | undefined> {
    const segment = await this.segment(traceId);
    return segment === undefined ? undefined : traceOfSegment(segment);
  }

  catalogue(): Promise<Catalogue> {
    return this.#writer.ask('catalogue', []);
  }

  async services(): Promise<readonly string[]> {
    return [...new Set((await this.catalogue()).operations.map((operation) => operation.service))].sort();
  }

  async operations(service: string): Promise<readonly TraceOperation[]> {
    const ofService = (await this.catalogue()).operations.filter((operation) => operation.service === service);
    return ofService.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.kind - b.kind)).map(({ name, kind, spans }) => ({ name, kind: SPAN_KINDS[kind] ?? 'unspecified', spans }));
  }

  async sweep(): Promise<number> {
    const { retentionMs, maxBytes, clock } = this.#options;
    const deleted = await this.#writer.ask('sweep', [{ storedBeforeMs: Math.floor(clock.now() - retentionMs), maxBytes }]);
    this.#totals.deleted += deleted;
    if (deleted > 0) this.#log.info({ spans: deleted }, 'deleted old spans');
    return deleted;
  }

  flush(): Promise<void> {
    return this.#writer.ask('flush', []);
  }

  async stats(): Promise<TraceStoreStats> {
    return { ...(await this.#writer.ask('counts', [])), ...this.#totals, pendingBytes: this.#pendingBytes };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopTimers();
    await this.#readers.close();
    await this.#writer.close();
  }
}

/** A promise that rejects when the signal aborts. */
function abortOf(signal: AbortSignal | undefined, onAbort: () => void): { readonly promise: Promise<never>; readonly forget: () => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  const listener = (): void => {
    onAbort();
    reject(signal?.reason);
  };
  signal?.addEventListener('abort', listener, { once: true });
  return { promise, forget: () => signal?.removeEventListener('abort', listener) };
}
