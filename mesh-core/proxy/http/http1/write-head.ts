import { STATUS_CODES } from 'node:http';
import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import { isFieldValue, isToken, ownCopy } from './characters.ts';

/** `200` → `HTTP/1.1 200 OK` with its line end. */
const statusLines = new Map<number, string>(Object.entries(STATUS_CODES).map(([status, reason]) => [Number(status), `HTTP/1.1 ${status} ${reason ?? ''}\r\n`]));

/** The status line of a response. */
export function statusLine(status: number): string {
  return statusLines.get(status) ?? `HTTP/1.1 ${status} \r\n`;
}

/** Longer fields, and those further behind, are not remembered. */
const MAX_REMEMBERED_LENGTH = 1024;
const MAX_REMEMBERED_FIELDS = 32;
/** A field whose value has been another one so often is not expected to stay the same. */
const MAX_CHANGES = 4;

/**
 * Writes the lines of header fields, each with its line end. What filters or configuration added is not known here, so names
 * and values are checked, but for those that stood at the same place of the head before: a connection sends nearly the same
 * head again and again.
 */
export class FieldWriter {
  readonly #names: string[] = [];
  readonly #values: string[] = [];
  readonly #lines: string[] = [];
  readonly #changes: number[] = [];

  /** The lines; undefined when a field cannot be written, because it would split the message. */
  write(headers: MutableHeaders): string | undefined {
    let lines = '';
    let place = 0;
    for (const name in headers) {
      const value = headers[name];
      if (value === undefined) continue;
      if (typeof value === 'string') {
        if (this.#names[place] === name && this.#values[place] === value) lines += this.#lines[place] ?? '';
        else {
          const line = fieldLine(name, value);
          if (line === undefined) return undefined;
          lines += line;
          if (line.length <= MAX_REMEMBERED_LENGTH) this.#remember(place, name, value, line);
        }
        place++;
      } else {
        for (const one of value) {
          const line = fieldLine(name, one);
          if (line === undefined) return undefined;
          lines += line;
        }
      }
    }
    return lines;
  }

  #remember(place: number, name: string, value: string, line: string): void {
    const changes = this.#names[place] === name ? (this.#changes[place] ?? 0) + 1 : 0;
    if (place >= MAX_REMEMBERED_FIELDS || place > this.#names.length || changes > MAX_CHANGES) return;
    this.#names[place] = name;
    this.#changes[place] = changes;
    this.#lines[place] = ownCopy(line);
    this.#values[place] = ownCopy(value);
  }
}

/** The lines of fields that are written once; undefined when one of them cannot be written. */
export function fieldLines(headers: MutableHeaders): string | undefined {
  return new FieldWriter().write(headers);
}

function fieldLine(name: string, value: string): string | undefined {
  return isToken(name) && isFieldValue(value) ? name + ': ' + value + '\r\n' : undefined;
}

/** A chunk of a chunked body: its size line. */
export function chunkSizeLine(bytes: number): string {
  return `${bytes.toString(16)}\r\n`;
}

/** What ends a chunked body; trailers that cannot be written are left out. */
export function lastChunk(trailers: MutableHeaders | undefined): string {
  return `0\r\n${(trailers === undefined ? undefined : fieldLines(trailers)) ?? ''}\r\n`;
}
