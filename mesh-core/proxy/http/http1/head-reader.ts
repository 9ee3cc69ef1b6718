import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import { TOKEN, VALUE } from './characters.ts';
import { MalformedMessage } from './malformed-message.ts';

export interface HeadLimits {
  /** All lines of one head, or of one trailer section. */
  readonly maxBytes: number;
  readonly maxFields: number;
}
/** Envoy's defaults: max_request_headers_kb and max_headers_count. */
export const HEAD_LIMITS: HeadLimits = { maxBytes: 60 * 1024, maxFields: 100 };

/** How much of a read is made into text at once: heads are rarely longer, and bodies need not be. */
const WINDOW_BYTES = 4096;
const TAB = 9;
const RETURN = 13;
const SPACE = 32;
const COLON = 58;

/** Fields whose repetition leaves in doubt who is meant or where the message ends. */
const SINGLE: ReadonlySet<string> = new Set(['host', 'content-length']);

/** An object without inherited members, so that a field called `constructor` is a field like any other. */
const Fields = function () {} as unknown as new () => MutableHeaders;
Fields.prototype = Object.create(null);

/**
 * Reads the lines of a head, or of a trailer section, as its bytes come: each byte is looked at once. Strict: lines end with
 * CRLF, names are tokens right before their colon, values have no control characters, nothing is folded. Names come out in
 * lower case; values of a repeated field are joined with a comma, of Cookie with a semicolon, of Set-Cookie listed.
 * Sources: RFC 9112 sections 2.2, 5; RFC 9110 section 5.3; Envoy's header map.
 */
export class HeadReader {
  readonly #limits: HeadLimits;
  readonly #onStartLine: ((line: string) => void) | undefined;
  #started = false;
  #partial = '';
  #bytes = 0;
  #fields = 0;
  #begun = false;
  #headers: MutableHeaders = new Fields();

  /**
   * `onStartLine` gets the request or status line as soon as it is there, and may refuse it by throwing MalformedMessage;
   * without it this reads a trailer section, which has none.
   */
  constructor(onStartLine: ((line: string) => void) | undefined, limits: HeadLimits = HEAD_LIMITS) {
    this.#onStartLine = onStartLine;
    this.#limits = limits;
  }

  /** The fields that were read; the caller's own after `reset`. */
  get headers(): MutableHeaders {
    return this.#headers;
  }
  /** Has the next head begun to arrive? */
  get begun(): boolean {
    return this.#begun;
  }

  /** Makes ready for the next one. */
  reset(): void {
    this.#bytes = 0;
    this.#fields = 0;
    this.#begun = false;
    this.#started = false;
    this.#headers = new Fields();
  }

  /**
   * Reads from `at` on. Gives the offset after the empty line that ends the head, or -1 when it takes more bytes. Throws
   * MalformedMessage.
   */
  read(bytes: Buffer, at: number): number {
    this.#begun = true;
    for (let from = at; from < bytes.length; from += WINDOW_BYTES) {
      const text = bytes.toString('latin1', from, from + WINDOW_BYTES);
      let start = 0;
      for (;;) {
        const newline = text.indexOf('\n', start);
        if (newline < 0) break;
        this.#count(newline + 1 - start);
        let done: boolean;
        if (this.#partial === '') done = this.#takeLine(text, start, newline);
        else {
          const line = this.#partial + text.slice(start, newline);
          this.#partial = '';
          done = this.#takeLine(line, 0, line.length);
        }
        start = newline + 1;
        if (done) return from + start;
      }
      this.#count(text.length - start);
      if (start < text.length) this.#partial += text.slice(start);
    }
    return -1;
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#limits.maxBytes) throw new MalformedMessage(`the head has more than ${this.#limits.maxBytes} bytes`, 431);
  }

  /** Takes the line of `text` from `start` to the newline at `newline`; true when it ends the head. */
  #takeLine(text: string, start: number, newline: number): boolean {
    const end = newline - 1;
    if (end < start || text.charCodeAt(end) !== RETURN) throw new MalformedMessage('a line ends without a carriage return');
    if (this.#started || this.#onStartLine === undefined) {
      if (end === start) return true;
      this.#takeField(text, start, end);
      return false;
    }
    // Empty lines before a message are passed over: RFC 9112 section 2.2.
    if (end === start) return false;
    this.#started = true;
    this.#onStartLine(text.slice(start, end));
    return false;
  }

  #takeField(text: string, start: number, end: number): void {
    if (++this.#fields > this.#limits.maxFields) throw new MalformedMessage(`the head has more than ${this.#limits.maxFields} fields`, 431);
    let at = start;
    let upper = false;
    for (; at < end; at++) {
      const kind = TOKEN[text.charCodeAt(at)];
      if (kind === 0) break;
      if (kind === 2) upper = true;
    }
    const first = text.charCodeAt(start);
    if (at === start && (first === SPACE || first === TAB)) throw new MalformedMessage('a field is folded over lines');
    if (at === start || at === end || text.charCodeAt(at) !== COLON) throw new MalformedMessage('a field has no proper name');
    const name = upper ? text.slice(start, at).toLowerCase() : text.slice(start, at);
    let from = at + 1;
    while (from < end && isBlank(text.charCodeAt(from))) from++;
    let to = end;
    while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
    for (let i = from; i < to; i++) if (VALUE[text.charCodeAt(i)] === 0) throw new MalformedMessage('a field value has a control character');
    this.#add(name, text.slice(from, to));
  }

  #add(name: string, value: string): void {
    const headers = this.#headers;
    const existing = headers[name];
    if (existing === undefined) headers[name] = value;
    else if (SINGLE.has(name)) throw new MalformedMessage(`there is more than one ${name}`);
    else if (name === 'set-cookie') headers[name] = Array.isArray(existing) ? [...existing, value] : [existing, value];
    else headers[name] = `${String(existing)}${name === 'cookie' ? '; ' : ','}${value}`;
  }
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

