import { createWriteStream } from 'node:fs';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';

/** Something that lines are written to. */
export interface LogFile {
  /** Takes a line with its end. */
  write(line: string): void;
}
type Output = Pick<NodeJS.WritableStream, 'write'> & Partial<Pick<NodeJS.WritableStream, 'end'>>;

const FLUSH_MS = 100;
/** A reader that does not keep up costs lines, never memory without end. */
const MAX_PENDING_CHARACTERS = 4 * 1024 * 1024;
const STANDARD: Readonly<Record<string, Output>> = { '/dev/stdout': process.stdout, '/dev/stderr': process.stderr };

/** The files that access logs go to, each opened once for all listeners, appended to, written at most every 100 ms. */
export class LogFiles {
  readonly #files = new Map<string, BufferedFile>();
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #open: (path: string) => Output;

  /** `open` is for tests: where a path's lines go instead. */
  constructor(clock: Clock, log: Logger, open?: (path: string) => Output) {
    this.#clock = clock;
    this.#log = log;
    this.#open = open ?? ((path) => STANDARD[path] ?? this.#append(path));
  }

  /** The file of a path; one that cannot be opened is logged and takes nothing. */
  file(path: string): LogFile {
    let file = this.#files.get(path);
    if (file === undefined) {
      file = new BufferedFile(this.#open(path), this.#clock, () => this.#log.warn({ path }, 'access log lines were dropped: the file does not take them fast enough'));
      this.#files.set(path, file);
    }
    return file;
  }

  /** Writes what waits. */
  flush(): void {
    for (const file of this.#files.values()) file.flush();
  }

  #append(path: string): Output {
    const stream = createWriteStream(path, { flags: 'a' });
    stream.on('error', (error) => this.#log.error({ path, error: error.message }, 'the access log cannot be written'));
    return stream;
  }
}

class BufferedFile implements LogFile {
  readonly #output: Output;
  readonly #clock: Clock;
  readonly #onDrop: () => void;
  #pending = '';
  #isDropping = false;
  #isWaiting = false;

  constructor(output: Output, clock: Clock, onDrop: () => void) {
    this.#output = output;
    this.#clock = clock;
    this.#onDrop = onDrop;
  }

  write(line: string): void {
    if (this.#pending.length + line.length > MAX_PENDING_CHARACTERS) {
      if (!this.#isDropping) this.#onDrop();
      this.#isDropping = true;
      return;
    }
    this.#pending += line;
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#clock.after(FLUSH_MS, () => this.flush());
  }

  flush(): void {
    this.#isWaiting = false;
    if (this.#pending === '') return;
    this.#output.write(this.#pending);
    this.#pending = '';
    this.#isDropping = false;
  }
}
