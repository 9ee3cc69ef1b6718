import type { Commit } from '../commit.ts';
import { encodeCommit } from '../commit-codec.ts';
import type { Database } from '../database.ts';
import { openDatabase, type DatabaseOptions } from '../open-database.ts';
import { WriteAheadLog } from '../write-ahead-log.ts';

/** A database and its log, written as the write side does: the log first. */
export class LogAndDatabase {
  readonly database: Database;
  readonly #log: WriteAheadLog;

  private constructor(database: Database, log: WriteAheadLog) {
    this.database = database;
    this.#log = log;
  }

  /** Opens both. Throws on I/O errors. */
  static async open(directory: string, options: Partial<DatabaseOptions> = {}): Promise<LogAndDatabase> {
    const database = await openDatabase({ directory, ...options });
    return new LogAndDatabase(database, await WriteAheadLog.open({ directory, firstSegment: database.recovered.nextSegment }));
  }

  async write(commit: Commit): Promise<void> {
    await this.#log.append(encodeCommit(commit));
    this.database.apply(commit);
  }
  /** Writes a snapshot and drops the log it covers. */
  async snapshot(): Promise<void> {
    const covered = await this.#log.cut();
    await this.database.snapshot(covered);
    await this.#log.dropThrough(covered);
  }
  async close(): Promise<void> {
    await this.#log.close();
    await this.database.close();
  }
}
