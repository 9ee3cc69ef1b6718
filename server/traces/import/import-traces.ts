import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import { ServerError } from '#server/server-error.ts';
import { OtlpDecodeError } from '#server/traces/otlp/decode-error.ts';
import type { IngestStatus } from '#server/traces/receiver/ingest-status.ts';
import type { TraceStore } from '#server/traces/store/open-trace-store.ts';
import type { TraceFileFormat } from './detect-format.ts';
import { readTraceFile, type FilePart } from './read-trace-file.ts';

/** Of a file, as sent and unpacked. */
export const MAX_FILE_BYTES = 64 * 1024 * 1024;
/** Stored at a time, so that a large file is not in memory twice. */
const BATCH_SPANS = 5_000;
const MAX_TRACE_IDS = 1_000;
const MAX_REASONS = 20;

export interface ImportOutcome {
  readonly format: Exclude<TraceFileFormat, 'none'> | 'none';
  /** The first thousand, in the order of the file. */
  readonly traceIds: readonly string[];
  readonly traces: number;
  readonly spans: number;
  /** Of those, the ones that were stored already. */
  readonly duplicates: number;
  readonly skipped: readonly { readonly reason: string; readonly count: number }[];
}

const unzip = promisify(gunzip);

/**
 * Stores the spans of a file (see `readTraceFile`; gzip is taken off). What is kept counts from now, so old traces stay as long as new
 * ones. Throws ServerError `bad-request`, with line or path, for a file of which nothing can be read; `overloaded` when
 * the store cannot take it now, and what came before in the file is stored then.
 */
export async function importTraces(file: Uint8Array, { store, status, clock }: { readonly store: Pick<TraceStore, 'append'>; readonly status: IngestStatus; readonly clock: Pick<Clock, 'now'> }): Promise<ImportOutcome> {
  const bytes = await unpacked(file);
  const skipped = new Map<string, number>();
  const skip = (reason: string, count: number): void => {
    const key = skipped.has(reason) || skipped.size < MAX_REASONS ? reason : 'further reasons';
    skipped.set(key, (skipped.get(key) ?? 0) + count);
  };
  const traceIds = new Set<string>();
  let [format, spans, duplicates]: [TraceFileFormat, number, number] = ['none', 0, 0];
  let unreadable: Extract<FilePart, { kind: 'unreadable' }> | undefined;
  for (const part of refusing(readTraceFile(bytes, clock.now() * 1000))) {
    if (part.kind === 'unreadable') {
      unreadable ??= part;
      skip(`line ${part.line}: ${part.message}`, 1);
      continue;
    }
    if (part.format !== 'none') ({ format } = part);
    for (const [reason, count] of part.reasons) skip(reason, count);
    for (let at = 0; at < part.spans.length; at += BATCH_SPANS) {
      const batch = part.spans.slice(at, at + BATCH_SPANS);
      ({ duplicates } = { duplicates: duplicates + (await store.append(batch)).duplicates });
      spans += batch.length;
      for (const span of batch) traceIds.add(span.traceId);
    }
  }
  if (unreadable !== undefined && format === 'none') throw new ServerError('bad-request', `The file cannot be read: line ${unreadable.line}: ${unreadable.message}.`, { hint: HINT });
  status.accepted('import', { bytes: bytes.length, spans, reasons: skipped, hosts: [] });
  return { format, traceIds: [...traceIds].slice(0, MAX_TRACE_IDS), traces: traceIds.size, spans, duplicates, skipped: [...skipped].map(([reason, count]) => ({ reason, count })) };
}

const HINT = 'It takes OTLP JSON, one document or one in each line, and the JSON of Jaeger and Zipkin.';

function* refusing(parts: Iterable<FilePart>): Generator<FilePart> {
  try {
    yield* parts;
  } catch (error) {
    if (!(error instanceof OtlpDecodeError)) throw error;
    throw new ServerError('bad-request', `The file cannot be read: ${error.message}.`, { hint: HINT, cause: error });
  }
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
