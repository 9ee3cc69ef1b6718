import { ServerError } from '#server/server-error.ts';
import { OtlpDecodeError } from '#server/traces/otlp/decode-error.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import type { TraceFileFormat } from './detect-format.ts';
import { readTraceFile, type FilePart } from './read-trace-file.ts';

/** What a file held. */
export interface ImportSummary {
  readonly format: TraceFileFormat;
  /** The first thousand, in the order of the file. */
  readonly traceIds: readonly string[];
  readonly traces: number;
  readonly spans: number;
  readonly skipped: readonly { readonly reason: string; readonly count: number }[];
}

/** Stored at a time, so that a large file is not in memory twice. */
const BATCH_SPANS = 5_000;
const MAX_TRACE_IDS = 1_000;
const MAX_REASONS = 20;
const HINT = 'It takes OTLP JSON, one document or one in each line, and the JSON of Jaeger and Zipkin.';

/** Reads a file of traces (see `readTraceFile`) batch by batch, and remembers what came of it. */
export class ImportReader {
  readonly #batches: Generator<readonly Span[]>;
  readonly #skipped = new Map<string, number>();
  readonly #traceIds = new Set<string>();
  #format: TraceFileFormat = 'none';
  #spans = 0;

  /** `nowMicro`: for spans of Zipkin without a time. */
  constructor(file: Uint8Array, nowMicro: number) {
    this.#batches = this.#read(file, nowMicro);
  }

  /** The next spans to store, some thousands; undefined at the end. Throws ServerError `bad-request`, with line or path, for a file of which nothing can be read. */
  next(): readonly Span[] | undefined {
    try {
      const { value, done } = this.#batches.next();
      return done === true ? undefined : value;
    } catch (error) {
      if (!(error instanceof OtlpDecodeError)) throw error;
      throw new ServerError('bad-request', `The file cannot be read: ${error.message}.`, { hint: HINT, cause: error });
    }
  }

  /** To be asked at the end. */
  summary(): ImportSummary {
    return { format: this.#format, traceIds: [...this.#traceIds].slice(0, MAX_TRACE_IDS), traces: this.#traceIds.size, spans: this.#spans, skipped: [...this.#skipped].map(([reason, count]) => ({ reason, count })) };
  }

  *#read(file: Uint8Array, nowMicro: number): Generator<readonly Span[]> {
    let unreadable: Extract<FilePart, { kind: 'unreadable' }> | undefined;
    for (const part of readTraceFile(file, nowMicro)) {
      if (part.kind === 'unreadable') {
        unreadable ??= part;
        this.#skip(`line ${part.line}: ${part.message}`, 1);
        continue;
      }
      if (part.format !== 'none') this.#format = part.format;
      for (const [reason, count] of part.reasons) this.#skip(reason, count);
      for (let at = 0; at < part.spans.length; at += BATCH_SPANS) {
        const batch = part.spans.slice(at, at + BATCH_SPANS);
        this.#spans += batch.length;
        for (const { traceId } of batch) this.#traceIds.add(traceId);
        yield batch;
      }
    }
    if (unreadable !== undefined && this.#format === 'none') throw new OtlpDecodeError(`line ${unreadable.line}: ${unreadable.message}`);
  }

  #skip(reason: string, count: number): void {
    const key = this.#skipped.has(reason) || this.#skipped.size < MAX_REASONS ? reason : 'further reasons';
    this.#skipped.set(key, (this.#skipped.get(key) ?? 0) + count);
  }
}
