import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import { isServerError } from '#server/http/respond.ts';
import { messageOf, ServerError } from '#server/server-error.ts';
import type { IngestStatus } from '#server/traces/receiver/ingest-status.ts';
import { ownBytes } from '#server/traces/segment/packed-segment.ts';
import type { PackedSpans } from '#server/traces/segment/packed-spans.ts';
import type { TraceStore } from '#server/traces/store/open-trace-store.ts';
import { startThread } from '#server/traces/threads/start-thread.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import { ImportReader, type ImportSummary } from './import-reader.ts';
import type { ImportThreadVerbs } from './import-thread.ts';

/** Of a file, as sent and unpacked. */
export const MAX_FILE_BYTES = 64 * 1024 * 1024;
/** Up to here a file is read in some tens of milliseconds, which is less than starting a thread takes. */
const BYTES_IN_PLACE = 512 * 1024;
/** A document of the largest size takes 1 GB as objects. */
const MAX_HEAP_MB = 2048;

export interface ImportOutcome extends ImportSummary {
  /** Of the spans, those that were stored already. */
  readonly duplicates: number;
}
export interface ImportOptions {
  readonly store: Pick<TraceStore, 'append' | 'appendPacked'>;
  readonly status: IngestStatus;
  readonly clock: Pick<Clock, 'now'>;
}
export type TraceImport = (file: Uint8Array) => Promise<ImportOutcome>;

const unzip = promisify(gunzip);

/**
 * Stores the spans of a file (see `readTraceFile`; gzip is taken off). Large files are read in a thread, one at a time: one
 * may take all the memory there is for it. What is kept counts from now, so old traces stay as long as new ones. Throws ServerError `bad-request`, with line or path, for a
 * file of which nothing can be read; `too-large` for one that takes too much memory; `overloaded` when the store cannot take
 * it now. What came before in the file is stored then.
 */
export function createTraceImport({ store, status, clock }: ImportOptions): TraceImport {
  let last: Promise<unknown> = Promise.resolve();
  return async (file) => {
    const bytes = await unpacked(file);
    const { length } = bytes;
    const nowMicro = clock.now() * 1000;
    const stored = async (source: ImportSource): Promise<ImportOutcome> => {
      const outcome = await storeAll(source, store);
      status.accepted('import', { bytes: length, spans: outcome.spans, reasons: new Map(outcome.skipped.map(({ reason, count }) => [reason, count])), hosts: [] });
      return outcome;
    };
    if (length <= BYTES_IN_PLACE) return stored(inPlace(bytes, nowMicro));
    const mine = last.then(async () => stored(await inThread(bytes, nowMicro)));
    last = mine.catch(() => undefined);
    return mine;
  };
}

async function storeAll(source: ImportSource, store: ImportOptions['store']): Promise<ImportOutcome> {
  try {
    let duplicates = 0;
    for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
      const outcome = 'bytes' in batch ? await store.appendPacked(batch) : await store.append(batch);
      duplicates += outcome.duplicates;
    }
    return { ...(await source.summary()), duplicates };
  } finally {
    await source.close();
  }
}

/** The spans of a file on their way to the store. */
interface ImportSource {
  next(): Promise<readonly Span[] | PackedSpans | undefined>;
  summary(): Promise<ImportSummary>;
  close(): Promise<void>;
}

function inPlace(bytes: Uint8Array, nowMicro: number): ImportSource {
  const reader = new ImportReader(bytes, nowMicro);
  return { next: async () => reader.next(), summary: async () => reader.summary(), close: async () => {} };
}

async function inThread(bytes: Uint8Array, nowMicro: number): Promise<ImportSource> {
  let ended = false;
  const thread = await startThread<ImportThreadVerbs>(new URL('import-thread.ts', import.meta.url), { name: 'traces import', maxHeapMb: MAX_HEAP_MB, onEnd: () => void (ended = true) });
  const own = ownBytes(bytes);
  await thread.ask('open', [own, nowMicro], [own.buffer]);
  return {
    next: () =>
      thread.ask('next', []).catch((error: unknown) => {
        if (isServerError(error) || !ended) throw error;
        throw new ServerError('too-large', `Reading the file was broken off: ${messageOf(error)}.`, { hint: 'Split it, with one document in each line.', cause: error });
      }),
    summary: () => thread.ask('summary', []),
    // Not waiting for what it does: when the store refuses, the rest need not be read.
    close: () => thread.kill(),
  };
}

async function unpacked(file: Uint8Array): Promise<Uint8Array> {
  if (file[0] !== 0x1f || file[1] !== 0x8b) return file;
  try {
    return await unzip(file, { maxOutputLength: MAX_FILE_BYTES });
  } catch (error) {
    const large = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw new ServerError('bad-request', large ? `The file unpacks to more than ${MAX_FILE_BYTES} bytes.` : 'The file is not whole gzip.', { hint: large ? 'Split it, with one document in each line.' : 'Make it again.', cause: error });
  }
}
