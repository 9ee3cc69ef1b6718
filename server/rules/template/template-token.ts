/** What the lexer gives: one token of a template. `start` is its offset in the text, `line` counts from 1. */
export interface TemplateToken {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly line: number;
}
export type TokenKind =
  | 'error'
  | 'end-of-text'
  | 'text'
  | 'open'
  | 'close'
  | 'space'
  | 'assign'
  | 'declare'
  | 'pipe'
  | 'string'
  | 'character'
  | 'number'
  | 'bool'
  | 'variable'
  | 'field'
  | 'dot'
  | 'nil'
  | 'identifier'
  | 'keyword'
  | 'left-paren'
  | 'right-paren'
  | 'other';

const LONGEST_SHOWN = 10;

/** A token as Go's messages show it: quoted, keywords in angle brackets, long ones cut. Source: text/template/parse/lex.go. */
export function describeToken({ kind, text }: TemplateToken): string {
  if (kind === 'end-of-text') return 'EOF';
  if (kind === 'error') return text;
  if (kind === 'keyword' || kind === 'nil') return `<${text}>`;
  const characters = Array.from(text);
  if (kind !== 'dot' && characters.length > LONGEST_SHOWN) return `${JSON.stringify(characters.slice(0, LONGEST_SHOWN).join(''))}...`;
  return kind === 'dot' ? '<.>' : JSON.stringify(text);
}
