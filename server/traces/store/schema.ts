import type { DatabaseSync } from 'node:sqlite';

/** Counted up when the tables change; a file of another version is refused, never guessed at. */
const SCHEMA_VERSION = 1;

/**
 * ```
 * operations ─┐            traces (one row each, with what searches sort by)
 *             ├── spans ────┘
 * sources ────┘     │ 1:1 span_data: the rest of the span as JSON
 *    │              └ span_terms: 64-bit hashes of the span's own attributes, for tags
 *    └ source_terms: the same of resource and scope, which many spans share
 * ```
 * Ids of spans and traces only grow (AUTOINCREMENT), so an id never comes to mean something else, and the lowest are the
 * longest stored. `spans` is narrow and its two indexes hold all that a search compares, so that a search without tags
 * reads nothing else.
 */
const TABLES = `
  CREATE TABLE traces (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    trace_id BLOB NOT NULL UNIQUE,
    stored_ms INTEGER NOT NULL,
    start_nano INTEGER NOT NULL,
    end_nano INTEGER NOT NULL,
    span_count INTEGER NOT NULL,
    error_count INTEGER NOT NULL
  );
  CREATE TABLE operations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    service TEXT NOT NULL,
    name TEXT NOT NULL,
    kind INTEGER NOT NULL,
    newest_nano INTEGER NOT NULL,
    UNIQUE (service, name, kind)
  );
  CREATE INDEX operations_by_name ON operations (name);
  CREATE TABLE sources (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    content TEXT NOT NULL UNIQUE,
    newest_nano INTEGER NOT NULL
  );
  CREATE TABLE source_terms (term INTEGER NOT NULL, source INTEGER NOT NULL, PRIMARY KEY (term, source)) WITHOUT ROWID;
  CREATE INDEX source_terms_by_source ON source_terms (source);
  CREATE TABLE spans (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    trace INTEGER NOT NULL,
    span_id INTEGER NOT NULL,
    content_hash INTEGER NOT NULL,
    operation INTEGER NOT NULL,
    source INTEGER NOT NULL,
    status INTEGER NOT NULL,
    start_nano INTEGER NOT NULL,
    length_nano INTEGER NOT NULL,
    UNIQUE (trace, span_id, content_hash)
  );
  CREATE INDEX spans_by_start ON spans (start_nano, trace, operation, source, status, length_nano);
  CREATE INDEX spans_by_operation ON spans (operation, start_nano, trace, source, status, length_nano);
  CREATE TABLE span_data (id INTEGER PRIMARY KEY, content TEXT NOT NULL);
  CREATE TABLE span_terms (term INTEGER NOT NULL, span INTEGER NOT NULL, PRIMARY KEY (term, span)) WITHOUT ROWID;
  CREATE TABLE attribute_keys (key TEXT PRIMARY KEY, newest_nano INTEGER NOT NULL) WITHOUT ROWID;
`;

/**
 * Makes the tables in a new file, or checks that an existing one has them. Throws a plain Error with one sentence when
 * the file was written by another version.
 */
export function prepareSchema(db: DatabaseSync): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (version === SCHEMA_VERSION) return;
  if (version !== 0) throw new Error(`it has version ${version} of the format, this server writes version ${SCHEMA_VERSION}`);
  // auto_vacuum must be chosen before the first table; it lets the file shrink in small steps.
  db.exec('PRAGMA auto_vacuum = INCREMENTAL');
  db.exec(`BEGIN; ${TABLES} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
}
