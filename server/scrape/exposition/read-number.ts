const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** The most digits that a double holds exactly, whatever they are. */
const EXACT_DIGITS = 15;
const LONGEST = 2000;
const POWERS_OF_TEN = Array.from({ length: EXACT_DIGITS + 1 }, (_, i) => 10 ** i);

/**
 * Reads the numbers of a page from where they stand, without making text of them: most are short decimals. After `read`,
 * `ok` says whether there was a number that fills the place up to a blank or the end of the line, and `end` is the index
 * after it.
 */
export class NumberReader {
  readonly #bytes: Buffer;
  ok = false;
  end = 0;

  /** The bytes must end with a line break. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The number at `start`, NaN when it is none. */
  read(start: number): number {
    const bytes = this.#bytes;
    let at = start;
    let c = bytes[at] ?? 0;
    const negative = c === 45;
    if (negative) c = bytes[++at] ?? 0;
    let mantissa = 0;
    const first = at;
    while (c >= 48 && c <= 57) {
      mantissa = mantissa * 10 + (c - 48);
      c = bytes[++at] ?? 0;
    }
    let digits = at - first;
    let decimals = 0;
    if (c === 46 && digits > 0) {
      c = bytes[++at] ?? 0;
      const point = at;
      while (c >= 48 && c <= 57) {
        mantissa = mantissa * 10 + (c - 48);
        c = bytes[++at] ?? 0;
      }
      decimals = at - point;
      digits += decimals;
    }
    if (digits > 0 && digits <= EXACT_DIGITS && (c === 10 || c === 32 || c === 9)) {
      this.ok = true;
      this.end = at;
      // Exact: both are whole numbers below 2^53, so the division rounds once (Clinger's fast path).
      const size = decimals === 0 ? mantissa : mantissa / (POWERS_OF_TEN[decimals] ?? 1);
      return negative ? -size : size;
    }
    return this.#readToken(start);
  }

  #readToken(start: number): number {
    const bytes = this.#bytes;
    let end = start;
    for (let c = bytes[end]; c !== undefined && c !== 10 && c !== 32 && c !== 9; c = bytes[end]) end++;
    this.end = end;
    // The longest exact form of a double has less than 800 digits; what is longer is no number that anybody writes.
    const value = end - start > LONGEST ? undefined : parseFloatText(bytes.toString('latin1', start, end));
    this.ok = value !== undefined;
    return value ?? NaN;
  }
}

/**
 * A float as the text formats write it; undefined when it is none, or is too large for a double. Source: Go's
 * strconv.ParseFloat without hexadecimals and underscores, as model/textparse uses it.
 */
export function parseFloatText(text: string): number | undefined {
  if (FLOAT.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  switch (text.toLowerCase()) {
    case 'nan':
      return NaN;
    case 'inf':
    case '+inf':
    case 'infinity':
    case '+infinity':
      return Infinity;
    case '-inf':
    case '-infinity':
      return -Infinity;
    default:
      return undefined;
  }
}
