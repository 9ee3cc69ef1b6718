import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { termsOfSource, termsOfSpan, type SearchTerm } from '#server/traces/core/search-terms.ts';
import { serviceOf } from '#server/traces/core/span-service.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import { encodeRest, encodeSource, hash64, hashTerm, idFromHex, sourceTermHashes, spanTermHashes } from './span-codec.ts';

/** What came of a batch. A span sent again with the same content is a duplicate and changes nothing. */
export interface AppendOutcome {
  readonly stored: number;
  readonly duplicates: number;
}

/** Entries of each memory of what is known to be stored; all are forgotten when one is full. */
const MAX_KNOWN = 50_000;

/** Known row and the newest start written to it, so that a row that is in use is not written again and again. */
interface KnownRow {
  readonly id: bigint;
  newest: bigint;
}

interface TraceChange {
  readonly id: bigint;
  start: bigint;
  end: bigint;
  spans: number;
  errors: number;
}

/** Writes spans. One writer per file; `forget` must be called whenever rows it may know of were deleted or rolled back. */
export class SpanWriter {
  readonly #db: DatabaseSync;
  readonly #operations = new Map<string, KnownRow>();
  readonly #sources = new Map<string, KnownRow>();
  readonly #keys = new Map<string, bigint>();
  readonly #termHashes = new Map<string, bigint>();
  readonly #sourceTexts = new WeakMap<object, WeakMap<object, string>>();
  readonly #sql: Readonly<Record<'findTrace' | 'addTrace' | 'touchTrace' | 'operation' | 'source' | 'sourceTerm' | 'span' | 'data' | 'term' | 'key', StatementSync>>;

  constructor(db: DatabaseSync) {
    this.#db = db;
    const prepare = (text: string): StatementSync => {
      const statement = db.prepare(text);
      statement.setReadBigInts(true);
      return statement;
    };
    this.#sql = {
      findTrace: prepare('SELECT id FROM traces WHERE trace_id = ?'),
      addTrace: prepare('INSERT INTO traces (trace_id, stored_ms, start_nano, end_nano, span_count, error_count) VALUES (?, ?, ?, ?, 0, 0) RETURNING id'),
      touchTrace: prepare('UPDATE traces SET start_nano = min(start_nano, ?), end_nano = max(end_nano, ?), span_count = span_count + ?, error_count = error_count + ? WHERE id = ?'),
      operation: prepare('INSERT INTO operations (service, name, kind, newest_nano) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET newest_nano = max(newest_nano, excluded.newest_nano) RETURNING id'),
      source: prepare('INSERT INTO sources (content, newest_nano) VALUES (?, ?) ON CONFLICT DO UPDATE SET newest_nano = max(newest_nano, excluded.newest_nano) RETURNING id'),
      sourceTerm: prepare('INSERT OR IGNORE INTO source_terms (term, source) VALUES (?, ?)'),
      span: prepare('INSERT OR IGNORE INTO spans (trace, span_id, content_hash, operation, source, status, start_nano, length_nano) VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
      data: prepare('INSERT INTO span_data (id, content) VALUES (?, ?)'),
      term: prepare('INSERT OR IGNORE INTO span_terms (term, span) VALUES (?, ?)'),
      key: prepare('INSERT INTO attribute_keys (key, newest_nano) VALUES (?, ?) ON CONFLICT DO UPDATE SET newest_nano = max(newest_nano, excluded.newest_nano)'),
    };
  }

  /**
   * Stores all batches in one transaction: when it returns, they are on the disk; when it throws, none is. `nowMs` is when
   * the batches arrived, which is what retention counts from.
   */
  append(batches: readonly (readonly Span[])[], nowMs: number): AppendOutcome[] {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const traces = new Map<string, TraceChange>();
      const outcomes = batches.map((spans) => this.#appendBatch(spans, nowMs, traces));
      for (const t of traces.values()) if (t.spans > 0) this.#sql.touchTrace.run(t.start, t.end, t.spans, t.errors, t.id);
      this.#db.exec('COMMIT');
      return outcomes;
    } catch (error) {
      this.forget();
      // A full disk may have rolled back already; then there is nothing to roll back.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  forget(): void {
    for (const known of [this.#operations, this.#sources, this.#keys, this.#termHashes]) known.clear();
  }

  #appendBatch(spans: readonly Span[], nowMs: number, traces: Map<string, TraceChange>): AppendOutcome {
    let stored = 0;
    for (const span of spans) {
      const start = BigInt(span.startUnixNano);
      const length = BigInt(span.endUnixNano) - start;
      const end = length < 0n ? start : start + length;
      const trace = this.#trace(span.traceId, start, end, nowMs, traces);
      const status = SPAN_STATUSES.indexOf(span.status.code);
      const operation = this.#operation(span, start);
      const source = this.#source(span, start);
      const content = encodeRest(span);
      const hash = hash64(`${operation}|${source}|${status}|${start}|${length}|${content}`);
      const added = this.#sql.span.run(trace.id, idFromHex(span.spanId), hash, operation, source, status, start, length);
      if (Number(added.changes) === 0) continue;
      stored += 1;
      this.#sql.data.run(added.lastInsertRowid, content);
      for (const term of spanTermHashes(span, (t) => this.#termHash(t))) this.#sql.term.run(term, added.lastInsertRowid);
      this.#keysOf(termsOfSpan(span), start);
      trace.spans += 1;
      if (span.status.code === 'error') trace.errors += 1;
      if (start < trace.start) trace.start = start;
      if (end > trace.end) trace.end = end;
    }
    return { stored, duplicates: spans.length - stored };
  }

  #trace(traceId: string, start: bigint, end: bigint, nowMs: number, traces: Map<string, TraceChange>): TraceChange {
    const known = traces.get(traceId);
    if (known !== undefined) return known;
    const bytes = Buffer.from(traceId, 'hex');
    const row = this.#sql.findTrace.get(bytes) ?? this.#sql.addTrace.get(bytes, nowMs, start, end);
    const change: TraceChange = { id: bigintOf(row?.['id']), start, end, spans: 0, errors: 0 };
    traces.set(traceId, change);
    return change;
  }

  #operation(span: Span, start: bigint): bigint {
    const service = serviceOf(span);
    const kind = SPAN_KINDS.indexOf(span.kind);
    return knownRow(this.#operations, `${kind}\0${service}\0${span.name}`, start, (newest) => bigintOf(this.#sql.operation.get(service, span.name, kind, newest)?.['id'])).id;
  }

  #source(span: Span, start: bigint): bigint {
    const content = this.#sourceText(span);
    return knownRow(this.#sources, content, start, (newest) => {
      const id = bigintOf(this.#sql.source.get(content, newest)?.['id']);
      for (const term of sourceTermHashes(span)) this.#sql.sourceTerm.run(term, id);
      this.#keysOf(termsOfSource(span), start);
      return id;
    }).id;
  }

  /** The spans of one request share their resource and scope objects, so their text is made once. */
  #sourceText(span: Span): string {
    let ofResource = this.#sourceTexts.get(span.resource);
    if (ofResource === undefined) {
      ofResource = new WeakMap();
      this.#sourceTexts.set(span.resource, ofResource);
    }
    let text = ofResource.get(span.scope);
    if (text === undefined) {
      text = encodeSource(span);
      ofResource.set(span.scope, text);
    }
    return text;
  }

  #keysOf(terms: readonly SearchTerm[], start: bigint): void {
    for (const [key] of terms) {
      const known = this.#keys.get(key);
      if (known !== undefined && known >= start) continue;
      const newest = ahead(start);
      this.#sql.key.run(key, newest);
      remember(this.#keys, key, newest);
    }
  }

  #termHash(term: SearchTerm): bigint {
    // Long values hardly come again, and would fill memory.
    if (term[1].length > 64) return hashTerm(term);
    const text = `${term[0]}\0${term[1]}`;
    const known = this.#termHashes.get(text);
    if (known !== undefined) return known;
    const hash = hash64(text);
    remember(this.#termHashes, text, hash);
    return hash;
  }
}

/**
 * `newest_nano` is written a minute ahead, so that a row in steady use is written once a minute. It only has to be at
 * least the newest start, which is what its removal asks for.
 */
function ahead(start: bigint): bigint {
  return start + 60_000_000_000n > 9_223_372_036_854_775_807n ? start : start + 60_000_000_000n;
}

function knownRow(known: Map<string, KnownRow>, key: string, start: bigint, write: (newest: bigint) => bigint): KnownRow {
  const row = known.get(key);
  if (row !== undefined && row.newest >= start) return row;
  const newest = ahead(start);
  const id = write(newest);
  const fresh = { id, newest: row === undefined || newest > row.newest ? newest : row.newest };
  remember(known, key, fresh);
  return fresh;
}

function remember<V>(known: Map<string, V>, key: string, value: V): void {
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(key, value);
}

function bigintOf(value: unknown): bigint {
  if (typeof value !== 'bigint') throw new TypeError('the trace store gave no row id');
  return value;
}
