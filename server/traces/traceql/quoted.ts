/** A quoted text that was read, and where it ends; with `fault`, what is wrong with it. */
export interface Quoted {
  readonly value: string;
  readonly to: number;
  readonly fault?: string;
}

const SINGLE: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\', '"': '"', "'": "'" };
const CODED = /x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{3}/y;

/**
 * Reads the quoted text that begins at `from` with `"` or a backtick. A `text` has the escapes of a Go string
 * (go.dev/ref/spec#String_literals; `\x` and octal are bytes of UTF-8), in backticks none; a `name` only `\"` and `\\`.
 */
export function readQuoted(text: string, from: number, as: 'text' | 'name'): Quoted {
  if (text[from] === '`') {
    const end = text.indexOf('`', from + 1);
    return end === -1 ? unclosed(text) : { value: text.slice(from + 1, end), to: end + 1 };
  }
  let value = '';
  let bytes: number[] = [];
  const flush = (): void => {
    if (bytes.length > 0) value += new TextDecoder().decode(Uint8Array.from(bytes));
    bytes = [];
  };
  let at = from + 1;
  while (at < text.length) {
    const character = text[at] ?? '';
    if (character === '"') {
      flush();
      return { value, to: at + 1 };
    }
    if (character !== '\\') {
      flush();
      value += character;
      at += 1;
      continue;
    }
    const next = text[at + 1] ?? '';
    const single = as === 'name' && next !== '"' && next !== '\\' ? undefined : SINGLE[next];
    CODED.lastIndex = at + 1;
    const coded = as === 'name' ? undefined : CODED.exec(text)?.[0];
    if (single !== undefined) {
      flush();
      value += single;
      at += 2;
    } else if (coded !== undefined) {
      const number = /^[xuU]/.test(coded) ? Number.parseInt(coded.slice(1), 16) : Number.parseInt(coded, 8);
      const isByte = !/^[uU]/.test(coded);
      if (isByte ? number > 0xff : number > 0x10_ffff || (number >= 0xd800 && number < 0xe000)) return wrongEscape(text, at, as);
      if (isByte) bytes.push(number);
      else {
        flush();
        value += String.fromCodePoint(number);
      }
      at += 1 + coded.length;
    } else return at + 1 >= text.length ? unclosed(text) : wrongEscape(text, at, as);
  }
  return unclosed(text);
}

/** A text in double quotes that `readQuoted` reads back as it was. */
export function quoteText(value: string): string {
  let quoted = '';
  for (const character of value) quoted += TEXT_ESCAPES[character] ?? (character < ' ' || character === '\x7f' ? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}` : character);
  return `"${quoted}"`;
}
const TEXT_ESCAPES: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** An attribute's name in double quotes. */
export function quoteName(value: string): string {
  return `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

function unclosed(text: string): Quoted {
  return { value: '', to: text.length, fault: 'this quote is not closed' };
}

function wrongEscape(text: string, at: number, as: 'text' | 'name'): Quoted {
  // The fault covers the text to its closing quote, so that the rest of the query is still read.
  let to = at;
  while (to < text.length && text[to] !== '"') to += text[to] === '\\' ? 2 : 1;
  const escape = `\\${String.fromCodePoint(text.codePointAt(at + 1) ?? 0)}`;
  return { value: '', to: Math.min(to + 1, text.length), fault: as === 'name' ? `${escape} is no escape in a name: only \\" and \\\\ are` : `${escape} is no escape: write a backslash as \\\\, or the text in backticks` };
}
