import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ServerError } from '#server/server-error.ts';

const SQLITE_BUSY = 5;

/**
 * Keeps other servers out of a data directory until the returned function is called or the process ends, however it ends
 * (the lock is the operating system's, by way of SQLite). Two writers of one log would damage it. Throws ServerError when
 * another process has the lock.
 */
export function lockDirectory(directory: string): () => void {
  const database = new DatabaseSync(join(directory, 'lock.db'));
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    if (!(cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY)) throw cause;
    throw new ServerError('internal', `Another server uses ${directory}; end it, or choose another directory with --data-dir.`, { cause });
  }
  return () => database.close();
}
