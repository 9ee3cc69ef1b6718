import { open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { frameRecord } from './record-file.ts';
import { syncDirectory } from './sync-directory.ts';

/** What the log needs of a file. */
export type LogFile = Pick<FileHandle, 'datasync' | 'truncate' | 'close'> & {
  write(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesWritten: number }>;
};

export interface WriteAheadLogOptions {
  readonly directory: string;
  /** Index of the first segment this log writes; it must not exist. */
  readonly firstSegment: number;
  /** A segment that has grown beyond this is followed by a new one. Default 64 MiB. */
  readonly segmentBytes?: number;
  /** Told at once when a write failed, before the promises of all that waited reject: nothing of them is in the log. */
  readonly onFailure?: (error: unknown) => void;
  /** Makes a file that must not exist. Default: on the disk; tests give a disk that fails. */
  readonly createFile?: (path: string) => Promise<LogFile>;
}

interface Waiting {
  readonly framed: Buffer;
  readonly onDurable: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const SEGMENT = /^wal-(\d{8})$/;
const DEFAULT_SEGMENT_BYTES = 64 * 1024 * 1024;

/** The path of a segment. */
export function segmentPath(directory: string, index: number): string {
  return join(directory, `wal-${String(index).padStart(8, '0')}`);
}

/** The indexes of the segments in a directory, rising. */
export async function listSegments(directory: string): Promise<number[]> {
  const names = await readdir(directory);
  return names.flatMap((name) => SEGMENT.exec(name)?.[1] ?? []).map(Number).sort((a, b) => a - b);
}

/**
 * The append-only log. Records that wait while one write is on its way go together in the next (group commit): one
 * write and one fdatasync for all of them. Segments are never reopened, so a damaged tail stays at the end of its file.
 * When the disk refuses a write, everything that waits fails with it and the file is cut back to what it held before.
 */
export class WriteAheadLog {
  readonly #directory: string;
  readonly #segmentBytes: number;
  readonly #onFailure: (error: unknown) => void;
  readonly #createFile: (path: string) => Promise<LogFile>;
  #file: LogFile;
  #index: number;
  #size = 0;
  #sinceCut = 0;
  #total = 0;
  #syncs = 0;
  /** A failed write could not be taken back: this segment must not be written any more. */
  #spoiled = false;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;

  private constructor(options: WriteAheadLogOptions, createFile: (path: string) => Promise<LogFile>, file: LogFile) {
    this.#createFile = createFile;
    this.#directory = options.directory;
    this.#segmentBytes = options.segmentBytes ?? DEFAULT_SEGMENT_BYTES;
    this.#onFailure = options.onFailure ?? (() => undefined);
    this.#index = options.firstSegment;
    this.#file = file;
  }

  /** Starts a fresh segment. Throws when the directory cannot be written. */
  static async open(options: WriteAheadLogOptions): Promise<WriteAheadLog> {
    const createFile = options.createFile ?? ((path) => open(path, 'wx'));
    return new WriteAheadLog(options, createFile, await createSegment(options.directory, options.firstSegment, createFile));
  }

  /** Index of the segment that is written now. */
  get segment(): number {
    return this.#index;
  }
  /** Bytes written since the last cut. */
  get bytesSinceCut(): number {
    return this.#sinceCut;
  }
  /** Bytes written and calls of fdatasync since the log was opened. */
  get written(): { readonly bytes: number; readonly syncs: number } {
    return { bytes: this.#total, syncs: this.#syncs };
  }

  /**
   * Resolves when the record is on disk; rejects when the disk refuses it (and leaves no half record behind). Right before
   * it resolves `onDurable` is called, for all records in the order of their appends.
   */
  append(payload: Uint8Array, onDurable: () => void = () => undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ framed: frameRecord(payload), onDurable, resolve, reject });
      this.#running ??= this.#drain();
    });
  }

  /**
   * Moves on to a new segment once everything so far is on disk; gives the index of the last segment before it. `onCut` is
   * called before any later record is durable.
   */
  async cut(onCut: (covered: number) => void = () => undefined): Promise<number> {
    while (this.#running !== undefined) await this.#running;
    const turn = this.#rotate().then((covered) => {
      this.#sinceCut = 0;
      onCut(covered);
      return covered;
    });
    // Also after a failed rotation: what waits then goes to the old segment.
    this.#running = turn.then(() => this.#drain(), () => this.#drain());
    return turn;
  }

  /** Deletes the segments up to and including `index`. */
  async dropThrough(index: number): Promise<void> {
    for (const old of await listSegments(this.#directory)) {
      if (old <= index) await rm(segmentPath(this.#directory, old), { force: true });
    }
  }

  /** Writes what waits and closes the file. */
  async close(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    await this.#file.close();
  }

  async #rotate(): Promise<number> {
    const before = this.#index;
    const next = await createSegment(this.#directory, before + 1, this.#createFile);
    const old = this.#file;
    this.#file = next;
    this.#index = before + 1;
    this.#size = 0;
    this.#spoiled = false;
    await old.close();
    return before;
  }

  async #drain(): Promise<void> {
    // So that the records of one turn of the event loop go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        if (this.#spoiled || this.#size > this.#segmentBytes) await this.#rotate();
        await this.#write(group.map((one) => one.framed));
      } catch (error) {
        // What came meanwhile was decided upon on top of what failed.
        const failed = [...group, ...this.#waiting];
        this.#waiting = [];
        this.#onFailure(error);
        for (const one of failed) one.reject(error);
        continue;
      }
      for (const one of group) {
        one.onDurable();
        one.resolve();
      }
    }
    this.#running = undefined;
  }

  async #write(pieces: readonly Buffer[]): Promise<void> {
    const data = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
    try {
      let done = 0;
      while (done < data.length) {
        const { bytesWritten } = await this.#file.write(data, done, data.length - done, this.#size + done);
        done += bytesWritten;
      }
      await this.#file.datasync();
    } catch (error) {
      // A half record would hide every later one from the next start; and after a failed fdatasync nobody knows what is there.
      await this.#file.truncate(this.#size).then(() => this.#file.datasync()).catch(() => {
        this.#spoiled = true;
      });
      throw error;
    }
    this.#size += data.length;
    this.#sinceCut += data.length;
    this.#total += data.length;
    this.#syncs++;
  }
}

async function createSegment(directory: string, index: number, createFile: (path: string) => Promise<LogFile>): Promise<LogFile> {
  const file = await createFile(segmentPath(directory, index));
  try {
    await syncDirectory(directory);
  } catch (error) {
    await file.close();
    // Else the next attempt would find its name taken.
    await rm(segmentPath(directory, index), { force: true });
    throw error;
  }
  return file;
}
