import type { DatabaseSync } from 'node:sqlite';
import { decodeSpan, spanTermHashes, type SpanSource } from './span-codec.ts';
import { usedBytes } from './read-traces.ts';

/** What may stay. */
export interface SweepLimits {
  /** Traces first stored before this, Unix milliseconds, go. */
  readonly storedBeforeMs: number;
  /** Then the longest stored go until so many bytes are in use at most. */
  readonly maxBytes: number;
}

/** Spans deleted at once: about 30 ms, in which nothing can be written. */
const SLICE_SPANS = 500;
/** Free pages given back to the file system at once. */
const SLICE_PAGES = 500;
const NO_SOURCE: SpanSource = { resource: {}, scope: { name: '' } };

/**
 * Deletes a slice of what is due, in one transaction, and gives free pages back. `more` tells that something is still
 * due: call again. A big trace goes in several slices, so that none blocks for long.
 */
export function sweepSlice(db: DatabaseSync, { storedBeforeMs, maxBytes }: SweepLimits): { readonly deleted: number; readonly more: boolean } {
  const oldest = db.prepare('SELECT id, stored_ms, hex(trace_id) AS trace_id FROM traces ORDER BY id LIMIT 1').get();
  const due = oldest !== undefined && (Number(oldest['stored_ms']) < storedBeforeMs || usedBytes(db) > maxBytes);
  if (!due) return { deleted: 0, more: giveBackPages(db) };
  db.exec('BEGIN IMMEDIATE');
  try {
    const deleted = deleteSpans(db, BigInt(Number(oldest['id'])), storedBeforeMs);
    db.exec('COMMIT');
    return { deleted, more: true };
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Deletes names, sources and keys that no stored span can have any more. */
export function sweepNames(db: DatabaseSync): void {
  const unused = 'newest_nano < coalesce((SELECT min(start_nano) FROM spans), 9223372036854775807)';
  db.exec(`
    BEGIN IMMEDIATE;
    DELETE FROM source_terms WHERE source IN (SELECT id FROM sources WHERE ${unused});
    DELETE FROM sources WHERE ${unused};
    DELETE FROM operations WHERE ${unused};
    DELETE FROM attribute_keys WHERE ${unused};
    COMMIT`);
}

/** Whole traces from the oldest on, up to a slice of spans; of a trace beyond that size, a part. */
function deleteSpans(db: DatabaseSync, first: bigint, storedBeforeMs: number): number {
  const spansOf = db.prepare('SELECT s.id, d.content FROM spans s JOIN span_data d ON d.id = s.id WHERE s.trace = ? LIMIT ?');
  const deleteTerm = db.prepare('DELETE FROM span_terms WHERE term = ? AND span = ?');
  const deleteData = db.prepare('DELETE FROM span_data WHERE id = ?');
  const deleteSpan = db.prepare('DELETE FROM spans WHERE id = ?');
  let deleted = 0;
  const traces = db.prepare('SELECT id FROM traces WHERE id = ? OR (id > ? AND stored_ms < ?) ORDER BY id LIMIT 200').all(first, first, storedBeforeMs);
  for (const { id } of traces) {
    const trace = Number(id);
    const rows = spansOf.all(trace, SLICE_SPANS - deleted);
    for (const row of rows) {
      // The terms of a span are in its content, so no second index has to lead from the span to them.
      const columns = { spanId: 0n, name: '', kind: 0, status: 0, start: 0n, length: 0n };
      const spanId = Number(row['id']);
      for (const term of spanTermHashes(decodeSpan('', columns, String(row['content']), NO_SOURCE))) deleteTerm.run(term, spanId);
      deleteData.run(spanId);
      deleteSpan.run(spanId);
    }
    deleted += rows.length;
    if (deleted >= SLICE_SPANS) {
      // The trace may have more: what is left of it must not count what is gone.
      db.prepare('UPDATE traces SET span_count = (SELECT count(*) FROM spans WHERE trace = traces.id) WHERE id = ?').run(trace);
      break;
    }
    db.prepare('DELETE FROM traces WHERE id = ?').run(trace);
  }
  return deleted;
}

function giveBackPages(db: DatabaseSync): boolean {
  const free = Number(db.prepare('PRAGMA freelist_count').get()?.['freelist_count'] ?? 0);
  // Some are kept: they will be needed soon.
  if (free < 4 * SLICE_PAGES) return false;
  db.exec(`PRAGMA incremental_vacuum(${SLICE_PAGES})`);
  return true;
}

