import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Bump with every change of the tables below, and add the step that brings an older file up. */
const SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS objects (
    kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
    uid TEXT NOT NULL, resource_version INTEGER NOT NULL, json TEXT NOT NULL,
    PRIMARY KEY (kind, namespace, name)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS events (
    resource_version INTEGER PRIMARY KEY, type TEXT NOT NULL, kind TEXT NOT NULL,
    json TEXT NOT NULL, previous_labels TEXT
  );
  CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  INSERT OR IGNORE INTO counters VALUES ('resourceVersion', 0), ('compacted', 0);
`;

/**
 * Opens (and creates, with its directory) the SQLite file behind the object store. `:memory:` gives a store that is gone
 * with the process. WAL with synchronous=FULL: a commit is on the disk before the call returns, so an acknowledged write survives
 * `kill -9` and a power cut (sqlite.org/pragma.html#pragma_synchronous).
 * @throws when the file cannot be opened, is no database, or was written by a newer program.
 */
export function openObjectDatabase(file: string): DatabaseSync {
  if (file !== ':memory:') mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000;');
    const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (found > SCHEMA_VERSION) throw new Error(`${file} has schema version ${found}; this program knows up to ${SCHEMA_VERSION}. Use the newer program, or another data directory.`);
    database.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
