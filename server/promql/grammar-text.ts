const TOKEN = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|#[^\n]*|\b\d+\.(?![\w.])|[a-zA-Z_:][\w:.]*|\d[\w.]*|\s+|[^]/gy;
/** Functions the grammar knows by name, of the same length as those it does not. */
const STAND_INS: Readonly<Record<string, string>> = { min_of: 'minute', max_of: 'scalar' };

/**
 * The text as the grammar can read it, every character at its place: `2.` is a number in PromQL but not in the grammar, so
 * its point becomes a blank; and `min_of`, `max_of` are functions everywhere, but in the grammar within durations only, so
 * elsewhere a function of the same length stands for them.
 */
export function toGrammarText(text: string): string {
  if (!/\d\.(?![\w.])|\bm(?:in|ax)_of\b/.test(text)) return text;
  const tokens = text.match(TOKEN) ?? [];
  const durations = new DurationContext();
  let out = '';
  for (const token of tokens) {
    const standIn = Object.hasOwn(STAND_INS, token) && !durations.inside ? STAND_INS[token] : undefined;
    durations.move(token);
    if (standIn !== undefined) out += standIn;
    else out += /^\d+\.$/.test(token) ? `${token.slice(0, -1)} ` : token;
  }
  return out;
}

/** Whether a token belongs to a duration: within brackets, or what follows `offset`. */
class DurationContext {
  #brackets = 0;
  /** Open parentheses of an offset; -1 = not after an offset; 0 = right after it. */
  #offset = -1;

  get inside(): boolean {
    return this.#brackets > 0 || this.#offset >= 0;
  }

  move(token: string): void {
    if (token === '[') this.#brackets++;
    else if (token === ']') this.#brackets--;
    else if (token.toLowerCase() === 'offset') this.#offset = 0;
    else if (this.#offset >= 0) this.#moveInOffset(token);
  }

  #moveInOffset(token: string): void {
    if (token === '(') this.#offset++;
    else if (token === ')' && this.#offset <= 1) this.#offset = -1;
    else if (token === ')') this.#offset--;
    else if (this.#offset === 0 && !/^(?:\s+|[-+]|min_of|max_of|step|range)$/.test(token)) this.#offset = -1;
  }
}
