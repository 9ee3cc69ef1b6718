import type { TemplateToken, TokenKind } from './template-token.ts';

const KEYWORDS = new Set(['block', 'break', 'continue', 'define', 'else', 'end', 'if', 'range', 'template', 'with']);
const WORD = /[\p{L}\p{Nd}_]/u;
const SPACE = /[ \t\r\n]/;
const LEADING_SPACE = /^[ \t\r\n]+/;
const NUMBER = /[+-]?(?:0[xX][\da-fA-F_]*(?:\.[\da-fA-F_]*)?(?:[pP][+-]?[\d_]*)?|0[oO][0-7_]*|0[bB][01_]*|[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?[\d_]*)?)i?/y;
const TERMINATORS = new Set(['', '.', ',', '|', ':', ')', '(']);

/**
 * Cuts a template into tokens: text outside of `{{ }}`, and the words within. Blanks that `{{-` and `-}}` trim are gone,
 * comments too. A mistake is the last token, of kind `error`, with Go's message. Source: Go's text/template/parse/lex.go.
 */
export function lexTemplate(text: string): readonly TemplateToken[] {
  return new Lexer(text).run();
}

class Lexer {
  readonly #text: string;
  readonly #tokens: TemplateToken[] = [];
  #position = 0;
  #line = 1;
  /** Up to where lines were counted. */
  #counted = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  run(): readonly TemplateToken[] {
    let inside = false;
    for (;;) {
      if (inside) {
        const next = this.#insideAction();
        if (next === 'failed') return this.#tokens;
        inside = next !== 'closed';
        continue;
      }
      const open = this.#text.indexOf('{{', this.#position);
      if (open < 0) {
        if (this.#position < this.#text.length) this.#emit('text', this.#position, this.#text.length);
        this.#emit('end-of-text', this.#text.length, this.#text.length);
        return this.#tokens;
      }
      const outcome = this.#openAction(open);
      if (outcome === 'failed') return this.#tokens;
      inside = outcome === 'action';
    }
  }

  #emit(kind: TokenKind, start: number, end: number): void {
    this.#tokens.push({ kind, text: this.#text.slice(start, end), start, line: this.#lineOf(start) });
    this.#position = end;
  }

  #fail(message: string, start: number): 'failed' {
    this.#tokens.push({ kind: 'error', text: message, start, line: this.#lineOf(start) });
    return 'failed';
  }

  /** Tokens come in order, so lines are counted once. */
  #lineOf(offset: number): number {
    for (; this.#counted < offset; this.#counted++) if (this.#text.charCodeAt(this.#counted) === 10) this.#line++;
    return this.#line;
  }

  #openAction(open: number): 'action' | 'comment' | 'failed' {
    const text = this.#text;
    const trims = text[open + 2] === '-' && SPACE.test(text[open + 3] ?? '');
    const before = text.slice(this.#position, open);
    const kept = trims ? before.replace(/[ \t\r\n]+$/, '') : before;
    if (kept !== '') this.#emit('text', this.#position, this.#position + kept.length);
    const inner = open + 2 + (trims ? 2 : 0);
    if (!text.startsWith('/*', inner)) {
      this.#emit('open', open, open + 2);
      this.#position = inner;
      this.#depth = 0;
      return 'action';
    }
    const end = text.indexOf('*/', inner + 2);
    if (end < 0) return this.#fail('unclosed comment', inner);
    const close = this.#closeAt(end + 2);
    if (close === undefined) return this.#fail('comment ends before closing delimiter', inner);
    this.#position = close.after;
    return 'comment';
  }

  /** Whether an action ends at this offset, and where the text after it begins. */
  #closeAt(at: number): { readonly brackets: number; readonly after: number } | undefined {
    const text = this.#text;
    const trims = SPACE.test(text[at] ?? '') && text[at + 1] === '-' && text.startsWith('}}', at + 2);
    if (!trims && !text.startsWith('}}', at)) return undefined;
    const brackets = trims ? at + 2 : at;
    if (!trims) return { brackets, after: brackets + 2 };
    return { brackets, after: brackets + 2 + (LEADING_SPACE.exec(text.slice(brackets + 2))?.[0].length ?? 0) };
  }

  #insideAction(): 'more' | 'closed' | 'failed' {
    const text = this.#text;
    const start = this.#position;
    const close = this.#closeAt(start);
    if (close !== undefined) {
      if (this.#depth > 0) return this.#fail('unclosed left paren', start);
      this.#emit('close', close.brackets, close.brackets + 2);
      this.#position = close.after;
      return 'closed';
    }
    const character = String.fromCodePoint(text.codePointAt(start) ?? 0);
    if (start >= text.length) return this.#fail('unclosed action', start);
    if (SPACE.test(character)) return this.#space(start);
    if (character === ':' && text[start + 1] !== '=') return this.#fail('expected :=', start);
    switch (character) {
      case '=':
        return this.#more('assign', start + 1);
      case ':':
        return this.#more('declare', start + 2);
      case '|':
        return this.#more('pipe', start + 1);
      case '"':
      case "'":
        return this.#quoted(character, start);
      case '`': {
        const end = text.indexOf('`', start + 1);
        return end < 0 ? this.#fail('unterminated raw quoted string', start) : this.#more('string', end + 1);
      }
      case '$':
        return this.#word(start, 1, 'variable');
      case '(':
        this.#depth++;
        return this.#more('left-paren', start + 1);
      case ')':
        this.#depth--;
        return this.#depth < 0 ? this.#fail('unexpected right paren', start) : this.#more('right-paren', start + 1);
      case '.':
        if (!/[0-9]/.test(text[start + 1] ?? '')) return this.#word(start, 1, 'field');
    }
    if (/[.+\-0-9]/.test(character)) return this.#number(start);
    if (WORD.test(character)) return this.#word(start, 0, 'identifier');
    if (/[\x20-\x7e]/.test(character)) return this.#more('other', start + 1);
    return this.#fail(`unrecognized character in action: ${describeCharacter(character)}`, start);
  }

  #more(kind: TokenKind, end: number): 'more' {
    this.#emit(kind, this.#position, end);
    return 'more';
  }

  #space(start: number): 'more' {
    let end = start;
    while (SPACE.test(this.#text[end] ?? '')) end++;
    // The last blank belongs to a trimming ` -}}`.
    if (this.#closeAt(end - 1) !== undefined && this.#text[end] === '-') end--;
    if (end > start) this.#emit('space', start, end);
    return 'more';
  }

  #quoted(quote: string, start: number): 'more' | 'failed' {
    for (let at = start + 1; at < this.#text.length && this.#text[at] !== '\n'; at++) {
      if (this.#text[at] === quote) return this.#more(quote === '"' ? 'string' : 'character', at + 1);
      if (this.#text[at] === '\\' && this.#text[at + 1] !== '\n') at++;
    }
    return this.#fail(quote === '"' ? 'unterminated quoted string' : 'unterminated character constant', start);
  }

  #number(start: number): 'more' | 'failed' {
    NUMBER.lastIndex = start;
    const end = start + (NUMBER.exec(this.#text)?.[0].length ?? 0);
    const next = this.#characterAt(end);
    if (WORD.test(next)) return this.#fail(`bad number syntax: ${JSON.stringify(this.#text.slice(start, end + next.length))}`, start);
    return this.#more('number', end);
  }

  #word(start: number, prefix: number, kind: 'variable' | 'field' | 'identifier'): 'more' | 'failed' {
    let end = start + prefix;
    for (let next = this.#characterAt(end); WORD.test(next); next = this.#characterAt(end)) end += next.length;
    const after = this.#characterAt(end);
    if (!TERMINATORS.has(after) && !SPACE.test(after) && !this.#text.startsWith('}}', end)) return this.#fail(`bad character ${describeCharacter(after)}`, start);
    const word = this.#text.slice(start, end);
    if (kind === 'field' && word === '.') return this.#more('dot', end);
    if (kind !== 'identifier') return this.#more(kind, end);
    if (KEYWORDS.has(word)) return this.#more('keyword', end);
    return this.#more(word === 'true' || word === 'false' ? 'bool' : word === 'nil' ? 'nil' : 'identifier', end);
  }

  #characterAt(at: number): string {
    const code = this.#text.codePointAt(at);
    return code === undefined ? '' : String.fromCodePoint(code);
  }
}

/** Go's %#U: `U+002B '+'`. */
function describeCharacter(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')} '${character}'`;
}
