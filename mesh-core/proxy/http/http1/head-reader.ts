import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import { ownCopy, TOKEN, VALUE } from './characters.ts';
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

/** Longer fields, those further behind, and those past this sum are not remembered: it is memory of each connection. */
const MAX_REMEMBERED_LENGTH = 1024;
const MAX_REMEMBERED_FIELDS = 32;
const MAX_REMEMBERED_SUM = 4096;
/** A field whose value has been another one so often is not expected to stay the same. */
const MAX_CHANGES = 4;

/** What stood at one place of the last head of a connection, where the next one will most likely have the same. */
interface Remembered {
  /** With its line end. */
  readonly line: string;
  /** The name as it was sent, and its colon. */
  readonly prefix: string;
  readonly name: string;
  readonly value: string;
  readonly changes: number;
}

/**
 * Reads the lines of a head, or of a trailer section, as its bytes come: each byte is looked at once. Strict: lines end with
 * CRLF, names are tokens right before their colon, values have no control characters, nothing is folded. Names come out in
 * lower case; values of a repeated field are joined with a comma, of Cookie with a semicolon, of Set-Cookie listed.
 * Sources: RFC 9112 sections 2.2, 5; RFC 9110 section 5.3; Envoy's header map.
 *
 * A client sends nearly the same head again and again, so a line is first compared with the one at the same place of the
 * head before: what was judged once is taken as it is, with the very strings of then (their hashes are known already).
 */
export class HeadReader {
  readonly #limits: HeadLimits;
  readonly #onStartLine: ((line: string) => void) | undefined;
  #started = false;
  readonly #remembered: Remembered[] = [];
  #rememberedSum = 0;
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
        if (this.#partial === '' && this.#started) start = this.#takeKnown(text, start);
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

  /** Takes lines as long as they are those of the head before; gives where the first other one begins. */
  #takeKnown(text: string, start: number): number {
    let at = start;
    for (;;) {
      const known = this.#remembered[this.#fields];
      if (known === undefined || !text.startsWith(known.line, at)) return at;
      this.#fields++;
      this.#count(known.line.length);
      at += known.line.length;
      this.#add(known.name, known.value);
    }
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
    const place = this.#fields++;
    if (place >= this.#limits.maxFields) throw new MalformedMessage(`the head has more than ${this.#limits.maxFields} fields`, 431);
    const known = this.#remembered[place];
    const prefix = known !== undefined && text.startsWith(known.prefix, start) ? known.prefix : text.slice(start, nameEnd(text, start, end) + 1);
    const name = known?.prefix === prefix ? known.name : prefix.slice(0, -1).toLowerCase();
    let from = start + prefix.length;
    while (from < end && isBlank(text.charCodeAt(from))) from++;
    let to = end;
    while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
    for (let i = from; i < to; i++) if (VALUE[text.charCodeAt(i)] === 0) throw new MalformedMessage('a field value has a control character');
    const value = text.slice(from, to);
    this.#add(name, value);
    if (this.#onStartLine !== undefined && end - start <= MAX_REMEMBERED_LENGTH && place < MAX_REMEMBERED_FIELDS) this.#remember(place, known, text.slice(start, end), prefix, name, value);
  }

  #remember(place: number, known: Remembered | undefined, line: string, prefix: string, name: string, value: string): void {
    const isSameField = known?.prefix === prefix;
    if (isSameField && known.changes >= MAX_CHANGES) return;
    const sum = this.#rememberedSum - (known?.line.length ?? 0) + line.length + 2;
    if (sum > MAX_REMEMBERED_SUM || place > this.#remembered.length) return;
    this.#rememberedSum = sum;
    this.#remembered[place] = { line: `${ownCopy(line)}\r\n`, prefix: isSameField ? known.prefix : ownCopy(prefix), name: isSameField ? known.name : ownCopy(name), value: ownCopy(value), changes: isSameField ? known.changes + 1 : 0 };
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

/** Where the name ends that begins at `start`: at its colon. Throws MalformedMessage when it is no token. */
function nameEnd(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && TOKEN[text.charCodeAt(at)] !== 0) at++;
  const first = text.charCodeAt(start);
  if (at === start && (first === SPACE || first === TAB)) throw new MalformedMessage('a field is folded over lines');
  if (at === start || at === end || text.charCodeAt(at) !== COLON) throw new MalformedMessage('a field has no proper name');
  return at;
}
