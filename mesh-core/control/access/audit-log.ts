import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { AuditEvent } from './audit-event.ts';

const MAX_BYTES = 16 * 1024 * 1024;
const KEPT_FILES = 3;

/**
 * Appends audit events as JSON lines. At 16 MiB a file becomes `<file>.1`, and three old ones are kept. A disk that takes no more does not stop
 * the API: the gap is told in the log, once for each gap, and in the first event after it.
 */
export class AuditLog {
  readonly #file: string;
  readonly #log: Logger;
  readonly #maxBytes: number;
  #fd: number | undefined;
  #bytes = 0;
  #missed = 0;

  /** `maxBytes`: at this size a file is put aside. */
  constructor(file: string, log: Logger, maxBytes = MAX_BYTES) {
    this.#file = file;
    this.#log = log;
    this.#maxBytes = maxBytes;
  }

  write(event: AuditEvent): void {
    const told = this.#missed === 0 ? event : { ...event, annotations: { ...event.annotations, 'binnacle.dev/events-lost-before': String(this.#missed) } };
    const line = Buffer.from(`${JSON.stringify(told)}\n`);
    try {
      if (this.#fd === undefined) this.#open();
      else if (this.#bytes + line.length > this.#maxBytes) this.#rotate();
      if (this.#fd === undefined) throw new Error(`${this.#file} is not open`);
      writeSync(this.#fd, line);
      this.#bytes += line.length;
      this.#missed = 0;
    } catch (error) {
      if (this.#missed === 0) this.#log.error({ error: String(error), file: this.#file }, 'the audit log cannot be written; calls go on without it');
      this.#missed += 1;
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #open(): void {
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
    this.#fd = openSync(this.#file, 'a', 0o600);
    this.#bytes = fstatSync(this.#fd).size;
    if (this.#bytes >= this.#maxBytes) this.#rotate();
  }

  #rotate(): void {
    this.close();
    for (let age = KEPT_FILES; age >= 1; age--) {
      const from = age === 1 ? this.#file : `${this.#file}.${age - 1}`;
      if (existsSync(from)) renameSync(from, `${this.#file}.${age}`);
    }
    this.#fd = openSync(this.#file, 'a', 0o600);
    this.#bytes = 0;
  }
}
