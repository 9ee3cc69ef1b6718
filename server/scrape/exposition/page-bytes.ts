import { isAscii, isUtf8 } from 'node:buffer';
import { ExpositionError } from './exposition-error.ts';
import type { SeriesHints } from './scrape-page.ts';

export const NEWLINE = 10;
export const SPACE = 32;
const TAB = 9;
const COMMENT = /^[ \t]*#(?![ \t]+(?:HELP|TYPE|UNIT)[ \t])/;

/**
 * A page as its parser sees it: bytes, of which only what is new is ever made text. It always ends with a line break, one is
 * added where it is missing.
 */
export class PageBytes {
  readonly bytes: Buffer;
  /** The length without the line break that was added. */
  readonly length: number;
  readonly #ascii: boolean;

  /** Throws ExpositionError, with its line, for what is not UTF-8; save in comments, which nobody reads. */
  constructor(body: Buffer | string) {
    const given = typeof body === 'string' ? Buffer.from(body) : body;
    this.#ascii = isAscii(given);
    const valid = this.#ascii || isUtf8(given) ? given : repaired(given);
    this.length = valid.length;
    this.bytes = valid.at(-1) === NEWLINE ? valid : Buffer.concat([valid, Buffer.from('\n')]);
  }

  /** The index of the line break that ends the line at `at`, or the last one. */
  lineEnd(at: number): number {
    const end = this.bytes.indexOf(NEWLINE, at);
    return end < 0 ? this.bytes.length - 1 : end;
  }
  text(from: number, to: number): string {
    return this.bytes.toString(this.#ascii ? 'latin1' : 'utf8', from, to);
  }
  /** How many bytes the first `length` characters of a text of this page take. */
  bytesOf(text: string, length: number): number {
    return this.#ascii ? length : Buffer.byteLength(text.slice(0, length));
  }
  /** The number of the line, from 1 on, that holds the byte at `at`. */
  lineOf(at: number): number {
    let line = 1;
    for (let end = this.bytes.indexOf(NEWLINE); end >= 0 && end < at; end = this.bytes.indexOf(NEWLINE, end + 1)) line++;
    return line;
  }
  /** What stands at a place, for a message: up to 40 bytes of its line, quoted. */
  foundAt(at: number): string {
    if (at >= this.length) return 'the end of the page';
    const to = Math.min(this.lineEnd(at), at + 40);
    return to === at ? 'the end of the line' : JSON.stringify(this.text(at, to));
  }
  /** The index of the first byte from `start` on that is neither a space nor a tab. */
  skipBlanks(start: number): number {
    const { bytes } = this;
    let at = start;
    while (bytes[at] === SPACE || bytes[at] === TAB) at++;
    return at;
  }

  /**
   * Calls `read` with the text of the line at `at`, and when that throws because a quote is open at its end, with more and
   * more lines: values of labels may hold line breaks.
   */
  readOpenEnded<T>(at: number, read: (text: string) => T): T {
    for (let end = this.lineEnd(at); ; end = this.lineEnd(Math.min(this.bytes.length - 1, at + 2 * (end - at) + 1))) {
      try {
        return read(this.text(at, end));
      } catch (error) {
        if (end >= this.bytes.length - 1 || !(error instanceof ExpositionError) || error.reason !== 'open-quote') throw error;
      }
    }
  }
}

/** Compares the bytes of a page with the series of the page before. */
export class HintMatcher {
  readonly #page: DataView;
  readonly #hints: DataView;
  readonly #ends: Int32Array;
  readonly #pageLength: number;

  constructor(page: PageBytes, hints: SeriesHints) {
    const { bytes } = page;
    this.#page = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#hints = new DataView(hints.bytes.buffer, hints.bytes.byteOffset, hints.bytes.length);
    this.#ends = hints.ends;
    this.#pageLength = bytes.length;
  }

  /** The index after the hinted series when it stands at `at`, else -1. Whether the series ends there is not looked at. */
  match(hint: number, at: number): number {
    if (hint >= this.#ends.length) return -1;
    const page = this.#page;
    const hints = this.#hints;
    let from = hint === 0 ? 0 : (this.#ends[hint - 1] ?? 0);
    const to = this.#ends[hint] ?? 0;
    const end = at + to - from;
    if (end > this.#pageLength) return -1;
    let i = at;
    // Four bytes at once: this loop is most of what a known series costs.
    for (; from + 4 <= to; from += 4, i += 4) if (page.getInt32(i) !== hints.getInt32(from)) return -1;
    for (; from < to; from++, i++) if (page.getInt8(i) !== hints.getInt8(from)) return -1;
    return end;
  }
}

/** The page with comments made readable; anything else that is not UTF-8 is refused. */
function repaired(body: Buffer): Buffer {
  const lines: string[] = [];
  for (let start = 0; start <= body.length; ) {
    const newline = body.indexOf(NEWLINE, start);
    const line = body.subarray(start, newline < 0 ? body.length : newline);
    const text = line.toString('utf8');
    if (!isUtf8(line) && !COMMENT.test(text)) throw new ExpositionError(`line ${lines.length + 1}: ${JSON.stringify(text.slice(0, 60))} is not valid UTF-8`);
    lines.push(text);
    start = newline < 0 ? body.length + 1 : newline + 1;
  }
  return Buffer.from(lines.join('\n'));
}
