import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { summarizeTrace } from '#server/traces/core/summarize-trace.ts';
import { traceWarnings } from '#server/traces/core/trace-warnings.ts';
import type { Span, SpanKind, Trace, TraceSummary } from '#server/traces/trace-backend.ts';
import type { TraceQuery, TraceSearchResult } from './trace-query.ts';
import { SPAN_KINDS } from '#server/traces/segment/span-words.ts';
import { searchTraces } from './search-traces.ts';
import { decodeSource, decodeSpan, type SpanSource } from './span-codec.ts';

/** Summaries kept in memory. */
const MAX_SUMMARIES = 5_000;
/** A list for completion longer than this helps nobody. */
const MAX_NAMES = 10_000;

/** Answers questions from the tables. Only reads: it may run on a connection of its own beside the writer. */
export class TraceReader {
  readonly #db: DatabaseSync;
  readonly #spans: StatementSync;
  readonly #summaries = new Map<bigint, { readonly spanCount: number; readonly summary: TraceSummary }>();

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#spans = db.prepare(`
      SELECT s.span_id, s.source, s.status, s.start_nano, s.length_nano, o.name, o.kind, d.content
      FROM spans s JOIN operations o ON o.id = s.operation JOIN span_data d ON d.id = s.id
      WHERE s.trace = ? ORDER BY s.start_nano, s.id`);
    this.#spans.setReadBigInts(true);
  }

  search(query: TraceQuery): TraceSearchResult {
    const { ids, total } = searchTraces(this.#db, query);
    return { traces: ids.flatMap((id) => this.#summary(id) ?? []), total };
  }

  get(traceId: string): Trace | undefined {
    const id = this.#db.prepare('SELECT id FROM traces WHERE trace_id = ?').get(Buffer.from(traceId, 'hex'))?.['id'];
    if (id === undefined) return undefined;
    const spans = this.#read(BigInt(Number(id)), traceId);
    // A sweep may be between the last span of a trace and the trace itself.
    if (spans.length === 0) return undefined;
    return { traceId, spans, warnings: traceWarnings(spans) };
  }

  services(): string[] {
    return this.#db.prepare('SELECT DISTINCT service FROM operations ORDER BY service').all().map((row) => String(row['service']));
  }

  operations(service: string): { name: string; kind: SpanKind }[] {
    const rows = this.#db.prepare('SELECT name, kind FROM operations WHERE service = ? ORDER BY name, kind LIMIT ?').all(service, MAX_NAMES);
    return rows.map((row) => ({ name: String(row['name']), kind: SPAN_KINDS[Number(row['kind'])] ?? 'unspecified' }));
  }

  attributeKeys(): string[] {
    return this.#db.prepare('SELECT key FROM attribute_keys ORDER BY key LIMIT ?').all(MAX_NAMES).map((row) => String(row['key']));
  }

  counts(): { readonly traces: number; readonly spans: number; readonly bytes: number } {
    const row = this.#db.prepare('SELECT count(*) AS traces, coalesce(sum(span_count), 0) AS spans FROM traces').get();
    return { traces: Number(row?.['traces'] ?? 0), spans: Number(row?.['spans'] ?? 0), bytes: usedBytes(this.#db) };
  }

  /** A trace only ever gains spans, so a summary holds as long as their number. */
  #summary(id: bigint): TraceSummary | undefined {
    const row = this.#db.prepare('SELECT hex(trace_id) AS trace_id, span_count FROM traces WHERE id = ?').get(id);
    if (row === undefined) return undefined;
    const spanCount = Number(row['span_count']);
    const known = this.#summaries.get(id);
    if (known?.spanCount === spanCount) return known.summary;
    const summary = summarizeTrace(this.#read(id, String(row['trace_id']).toLowerCase()));
    if (summary === undefined) return undefined;
    if (this.#summaries.size >= MAX_SUMMARIES) this.#summaries.clear();
    this.#summaries.set(id, { spanCount, summary });
    return summary;
  }

  #read(id: bigint, traceId: string): Span[] {
    const sources = new Map<bigint, SpanSource>();
    const spans: Span[] = [];
    for (const row of this.#spans.iterate(id)) {
      // Safe because the statement reads these columns as 64-bit integers.
      const int = (column: string): bigint => row[column] as bigint;
      const source = sources.get(int('source')) ?? this.#source(int('source'));
      sources.set(int('source'), source);
      const columns = { spanId: int('span_id'), name: String(row['name']), kind: Number(row['kind']), status: Number(row['status']), start: int('start_nano'), length: int('length_nano') };
      spans.push(decodeSpan(traceId, columns, String(row['content']), source));
    }
    return spans;
  }

  #source(id: bigint): SpanSource {
    return decodeSource(String(this.#db.prepare('SELECT content FROM sources WHERE id = ?').get(id)?.['content'] ?? '{"resource":{},"scope":{"name":""}}'));
  }
}

/** Bytes of the file that hold something. Free pages are used again before the file grows. */
export function usedBytes(db: DatabaseSync): number {
  const pragma = (name: string): number => Number(db.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
  return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
}
