/** String literals as Prometheus reads and writes them (util/strutil/quote.go, strconv.Quote). */

const SIMPLE: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92, "'": 39, '"': 34 };
/** Bytes that are not UTF-8 are kept as these lone surrogates, so that they can be named in an error. */
const STRAY_BYTE = 0xdc00;

/** The text between the quotes of a literal; undefined when an escape is wrong or the closing quote is missing. */
export function unquote(literal: string): string | undefined {
  const quote = literal[0];
  if (literal.length < 2 || literal.at(-1) !== quote) return undefined;
  const body = literal.slice(1, -1);
  if (quote === '`') return body;
  if (body.includes('\n')) return undefined;
  if (!body.includes('\\')) return body;
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (let i = 0; i < body.length; ) {
    const code = body.codePointAt(i) ?? 0;
    if (code !== 92) {
      bytes.push(...encoder.encode(String.fromCodePoint(code)));
      i += code > 0xffff ? 2 : 1;
      continue;
    }
    const escape = body[i + 1] ?? '';
    const simple = SIMPLE[escape];
    if (simple !== undefined && !((escape === "'" || escape === '"') && escape !== quote)) {
      bytes.push(simple);
      i += 2;
      continue;
    }
    const numeric = /^(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3}))/.exec(body.slice(i + 1));
    if (numeric === null) return undefined;
    const [all, hex, short, long, octal] = numeric;
    if (hex !== undefined || octal !== undefined) {
      const byte = hex !== undefined ? Number.parseInt(hex, 16) : Number.parseInt(octal ?? '', 8);
      if (byte > 255) return undefined;
      bytes.push(byte);
    } else {
      const point = Number.parseInt(short ?? long ?? '', 16);
      if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return undefined;
      bytes.push(...encoder.encode(String.fromCodePoint(point)));
    }
    i += 1 + all.length;
  }
  return decodeBytes(bytes);
}

const ESCAPES: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\x07': '\\a', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v' };
/** unicode.IsPrint. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** strconv.Quote. */
export function quote(text: string): string {
  let out = '"';
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    const escape = ESCAPES[char];
    if (escape !== undefined) out += escape;
    else if (code >= STRAY_BYTE && code < STRAY_BYTE + 256) out += `\\x${(code - STRAY_BYTE).toString(16)}`;
    else if (code < 32 || code === 127) out += `\\x${code.toString(16).padStart(2, '0')}`;
    else if (PRINTABLE.test(char)) out += char;
    else out += code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  }
  return `${out}"`;
}

/** Whether a text may name a label (UTF-8 scheme: anything that is not empty and is well-formed). */
export function isLabelName(text: string): boolean {
  return text !== '' && text.isWellFormed();
}

/** Whether a label name needs no quotes in PromQL. */
export function isPlainLabelName(text: string): boolean {
  return /^[a-zA-Z_]\w*$/.test(text);
}

function decodeBytes(bytes: readonly number[]): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes));
  } catch {
    return bytes.map((byte) => String.fromCharCode(byte < 128 ? byte : STRAY_BYTE + byte)).join('');
  }
}
