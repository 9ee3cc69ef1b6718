import { open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { frameRecord } from './record-file.ts';

interface Waiting {
  readonly framed: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const SEGMENT = /^wal-(\d{8})$/;

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
 */
export class WriteAheadLog {
  readonly #directory: string;
  #file: FileHandle;
  #index: number;
  #size = 0;
  #written = 0;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;

  private constructor(directory: string, index: number, file: FileHandle) {
    this.#directory = directory;
    this.#index = index;
    this.#file = file;
  }

  /** Starts a fresh segment. Throws when the directory cannot be written. */
  static async open(directory: string, index: number): Promise<WriteAheadLog> {
    return new WriteAheadLog(directory, index, await open(segmentPath(directory, index), 'wx'));
  }

  get segment(): number {
    return this.#index;
  }
  /** Bytes written since the last cut. */
  get bytesSinceCut(): number {
    return this.#written;
  }

  /** Resolves when the record is on disk; rejects when the disk refuses it (and leaves no half record behind). */
  append(payload: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ framed: frameRecord(payload), resolve, reject });
      this.#running ??= this.#drain();
    });
  }

  /** Moves on to a new segment once everything so far is on disk; gives the index of the last segment before it. */
  async cut(): Promise<number> {
    while (this.#running !== undefined) await this.#running;
    const turn = this.#rotate();
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
    const next = await open(segmentPath(this.#directory, before + 1), 'wx');
    await this.#file.close();
    this.#file = next;
    this.#index = before + 1;
    this.#size = 0;
    this.#written = 0;
    return before;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      const data = group.length === 1 ? group[0]?.framed : Buffer.concat(group.map((one) => one.framed));
      if (data === undefined) break;
      try {
        await this.#write(data);
        for (const one of group) one.resolve();
      } catch (error) {
        for (const one of group) one.reject(error);
      }
    }
    this.#running = undefined;
  }

  async #write(data: Buffer): Promise<void> {
    try {
      let done = 0;
      while (done < data.length) {
        const { bytesWritten } = await this.#file.write(data, done, data.length - done, this.#size + done);
        done += bytesWritten;
      }
      await this.#file.datasync();
      this.#size += data.length;
      this.#written += data.length;
    } catch (error) {
      // A half record would hide every later one from the next start.
      await this.#file.truncate(this.#size).catch(() => undefined);
      throw error;
    }
  }
}
