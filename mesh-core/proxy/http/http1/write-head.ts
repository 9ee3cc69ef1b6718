import { STATUS_CODES } from 'node:http';
import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import { isFieldValue, isToken } from './characters.ts';

/** `200` → `HTTP/1.1 200 OK` with its line end. */
const statusLines = new Map<number, string>(Object.entries(STATUS_CODES).map(([status, reason]) => [Number(status), `HTTP/1.1 ${status} ${reason ?? ''}\r\n`]));

/** The status line of a response. */
export function statusLine(status: number): string {
  return statusLines.get(status) ?? `HTTP/1.1 ${status} \r\n`;
}

/**
 * The lines of header fields, each with its line end. Fields of a codec's own making are trusted; what filters or configuration
 * added is not known here, so each value is checked: undefined when a field cannot be written (it would split the message).
 */
export function fieldLines(headers: MutableHeaders): string | undefined {
  let lines = '';
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    if (!isToken(name)) return undefined;
    if (typeof value === 'string') {
      if (!isFieldValue(value)) return undefined;
      lines += name + ': ' + value + '\r\n';
    } else {
      for (const one of value) {
        if (!isFieldValue(one)) return undefined;
        lines += name + ': ' + one + '\r\n';
      }
    }
  }
  return lines;
}

/** A chunk of a chunked body: its size line. */
export function chunkSizeLine(bytes: number): string {
  return `${bytes.toString(16)}\r\n`;
}

/** What ends a chunked body; trailers that cannot be written are left out. */
export function lastChunk(trailers: MutableHeaders | undefined): string {
  return `0\r\n${(trailers === undefined ? undefined : fieldLines(trailers)) ?? ''}\r\n`;
}
