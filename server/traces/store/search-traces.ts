import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { termOfTag } from '#server/traces/core/search-terms.ts';
import type { TraceQuery } from './trace-query.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import { COLUMN_TAGS, hashTerm } from './span-codec.ts';

/** The rows of one page, in order, and how many there are in all. */
export interface FoundTraces {
  readonly ids: readonly bigint[];
  readonly total: number;
}

/** A tag as the tables answer it. */
interface TagFilter {
  readonly term: bigint;
  /** Sources that have it; often none, for a tag on spans only. */
  readonly sources: readonly bigint[];
  /** Spans that have it themselves, counted to a bound. */
  readonly count: number;
}

/** Beyond this many spans a tag is not counted further: it is a common one. */
const COMMON = 20_000;

const ORDER: Readonly<Record<NonNullable<TraceQuery['sort']>, string>> = {
  newest: 't.start_nano DESC',
  oldest: 't.start_nano ASC',
  longest: 't.end_nano - t.start_nano DESC',
  shortest: 't.end_nano - t.start_nano ASC',
  'most-spans': 't.span_count DESC',
  'most-errors': 't.error_count DESC',
  sample: 't.trace_id ASC',
};

/**
 * The traces of which one span satisfies the query: the same answer as `spanMatches` gives span by span. Sorted over all
 * of them, ties by newest, then by trace id.
 */
export function searchTraces(db: DatabaseSync, query: TraceQuery): FoundTraces {
  const where = new Conditions();
  const tags: TagFilter[] = [];
  const kinds: string[] = [];
  const statuses: string[] = query.status === undefined ? [] : [query.status];
  where.add('s.start_nano BETWEEN ? AND ?', toInt64(query.fromUnixNano), toInt64(query.toUnixNano));
  for (const [key, value] of Object.entries(query.tags ?? {})) {
    const term = termOfTag(key, value);
    if (COLUMN_TAGS.has(key)) {
      if (key === 'span.kind') kinds.push(term[1]);
      else if (key === 'span.status') statuses.push(term[1]);
      else where.add(term[1] === 'true' ? 's.status = 2' : term[1] === 'false' ? 's.status <> 2' : 'FALSE');
    } else tags.push(filterOf(db, hashTerm(term)));
  }
  for (const status of statuses) where.add('s.status = ?', SPAN_STATUSES.findIndex((s) => s === status));
  if (query.minDurationNano !== undefined && BigInt(query.minDurationNano) > 0n) where.add('s.length_nano >= ?', toInt64(query.minDurationNano));
  // A span that ends before it starts counts as one of no duration.
  if (query.maxDurationNano !== undefined) where.add('max(s.length_nano, 0) <= ?', toInt64(query.maxDurationNano));
  const byOperation = addOperations(where, query, kinds);

  tags.sort((a, b) => a.count - b.count);
  const [first] = tags;
  // A tag leads when nothing narrower does: its spans are then read one by one, instead of all of the time range.
  const lead = first !== undefined && first.sources.length === 0 && (first.count < COMMON || !byOperation) ? first : undefined;
  for (const tag of tags) if (tag !== lead) addTag(where, tag);
  let from = `spans s INDEXED BY ${byOperation ? 'spans_by_operation' : 'spans_by_start'}`;
  if (lead !== undefined) {
    // CROSS JOIN keeps this order: first the tag's spans, each then looked up.
    from = 'span_terms lead CROSS JOIN spans s ON s.id = lead.span';
    where.add('lead.term = ?', lead.term);
  }
  return runSearch(db, query, from, where);
}

function runSearch(db: DatabaseSync, { sort = 'newest', limit, offset = 0 }: TraceQuery, from: string, where: Conditions): FoundTraces {
  const statement = db.prepare(`
    WITH found AS MATERIALIZED (SELECT DISTINCT s.trace AS id FROM ${from} WHERE ${where.text})
    SELECT t.id AS id, (SELECT count(*) FROM found) AS total
    FROM found JOIN traces t ON t.id = found.id
    ORDER BY ${ORDER[sort]}, t.start_nano DESC, t.trace_id LIMIT ? OFFSET ?`);
  statement.setReadBigInts(true);
  const rows = statement.all(...where.values, Math.max(1, limit), offset);
  const total = rows[0]?.['total'];
  if (total !== undefined) return { ids: rows.map((row) => BigInt(Number(row['id']))), total: Number(total) };
  // A page past the end has no row that could tell the total.
  return { ids: [], total: offset === 0 ? 0 : countAll(db, from, where) };
}

function countAll(db: DatabaseSync, from: string, where: Conditions): number {
  return Number(db.prepare(`SELECT count(DISTINCT s.trace) AS total FROM ${from} WHERE ${where.text}`).get(...where.values)?.['total'] ?? 0);
}

/** Service, operation and kind are one row of `operations` each. True when the query names any of them. */
function addOperations(where: Conditions, query: TraceQuery, kinds: readonly string[]): boolean {
  const operations = new Conditions();
  if (query.service !== undefined) operations.add('service = ?', query.service);
  if (query.operation !== undefined) operations.add('name = ?', query.operation);
  for (const kind of kinds) operations.add('kind = ?', SPAN_KINDS.findIndex((k) => k === kind));
  if (operations.values.length === 0) return false;
  where.add(`s.operation IN (SELECT id FROM operations WHERE ${operations.text})`, ...operations.values);
  // Half of all spans may be of one kind: alone it does not narrow enough to lead.
  return query.service !== undefined || query.operation !== undefined;
}

function filterOf(db: DatabaseSync, term: bigint): TagFilter {
  const read = db.prepare('SELECT source FROM source_terms WHERE term = ?');
  read.setReadBigInts(true);
  const sources = read.all(term).map((row) => BigInt(Number(row['source'])));
  const count = Number(db.prepare('SELECT count(*) AS n FROM (SELECT 1 FROM span_terms WHERE term = ? LIMIT ?)').get(term, COMMON)?.['n'] ?? 0);
  return { term, sources, count };
}

function addTag(where: Conditions, { term, sources, count }: TagFilter): void {
  const onSource = 's.source IN (SELECT source FROM source_terms WHERE term = ?)';
  const onSpan = 'EXISTS (SELECT 1 FROM span_terms own WHERE own.term = ? AND own.span = s.id)';
  if (count === 0) where.add(onSource, term);
  else if (sources.length === 0) where.add(onSpan, term);
  else where.add(`(${onSource} OR ${onSpan})`, term, term);
}

/** Conditions joined by AND, with their values. */
class Conditions {
  readonly values: SQLInputValue[] = [];
  readonly #texts: string[] = [];

  get text(): string {
    return this.#texts.join(' AND ');
  }

  add(text: string, ...values: SQLInputValue[]): void {
    this.#texts.push(text);
    this.values.push(...values);
  }
}

/** A decimal text as the nearest 64-bit integer: spans beyond it do not exist. */
function toInt64(text: string): bigint {
  const value = BigInt(text);
  const max = 9_223_372_036_854_775_807n;
  return value > max ? max : value < -max ? -max : value;
}
