export type Operator = '=' | '!=' | '>' | '>=' | '<' | '<=' | 'contains' | 'not contains' | 'startswith' | 'not startswith' | 'endswith' | 'not endswith';

/** A piece of a find or hide text; `start` and `end` are character offsets. */
export type Token = { readonly start: number; readonly end: number } & (
  | { readonly kind: 'word'; readonly text: string; readonly quoted: boolean }
  | { readonly kind: 'operator'; readonly operator: Operator }
  | { readonly kind: 'and' | 'or' | 'not' | 'open' | 'close' }
);

/** Why a text is not an expression, and where. */
export interface ExpressionError {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

const SYMBOLS: readonly (readonly [text: string, operator: Operator])[] = [
  ['!*=', 'not contains'],
  ['!^=', 'not startswith'],
  ['!$=', 'not endswith'],
  ['*=', 'contains'],
  ['^=', 'startswith'],
  ['$=', 'endswith'],
  ['!=', '!='],
  ['>=', '>='],
  ['<=', '<='],
  ['==', '='],
  ['=', '='],
  ['>', '>'],
  ['<', '<'],
];
const WORD_OPERATORS: Readonly<Record<string, Operator>> = { contains: 'contains', startswith: 'startswith', endswith: 'endswith' };
const NEGATED: Readonly<Record<string, Operator>> = { contains: 'not contains', startswith: 'not startswith', endswith: 'not endswith' };

/** Splits a find or hide text. The words and signs are Kiali's; `&&`, `||` and parentheses are ours. `is` and `has` read well and mean nothing. */
export function tokenize(text: string): Token[] | ExpressionError {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const space = /^\s+/.exec(rest);
    if (space !== null) {
      at += space[0].length;
      continue;
    }
    const token = readToken(rest, at, tokens.at(-1));
    if ('message' in token) return token;
    at = token.end;
    if (token.kind === 'word' && !token.quoted && /^(is|has)$/i.test(token.text)) continue;
    const previous = tokens.at(-1);
    // "not contains" arrives as two tokens.
    if (token.kind === 'operator' && previous?.kind === 'not' && tokens.at(-2)?.kind === 'word' && Object.hasOwn(NEGATED, token.operator)) {
      tokens[tokens.length - 1] = { ...token, start: previous.start, operator: NEGATED[token.operator] ?? token.operator };
    } else tokens.push(token);
  }
  return tokens;
}

function readToken(rest: string, start: number, previous: Token | undefined): Token | ExpressionError {
  const at = (length: number): { start: number; end: number } => ({ start, end: start + length });
  const quoted = /^"([^"]*)"|^'([^']*)'/.exec(rest);
  if (quoted !== null) return { ...at(quoted[0].length), kind: 'word', text: quoted[1] ?? quoted[2] ?? '', quoted: true };
  if (rest[0] === '"' || rest[0] === "'") return { ...at(rest.length), message: 'This quotation mark is never closed.' };
  if (rest[0] === '(') return { ...at(1), kind: 'open' };
  if (rest[0] === ')') return { ...at(1), kind: 'close' };
  if (rest.startsWith('&&')) return { ...at(2), kind: 'and' };
  if (rest.startsWith('||')) return { ...at(2), kind: 'or' };
  const symbol = SYMBOLS.find(([text]) => rest.startsWith(text));
  if (symbol !== undefined) return { ...at(symbol[0].length), kind: 'operator', operator: symbol[1] };
  if (rest[0] === '!') return { ...at(1), kind: 'not' };
  const word = /^[^\s()"'=<>!&|]+?(?=[*^$]=|[\s()"'=<>!&|]|$)/.exec(rest)?.[0];
  if (word === undefined) return { ...at(1), message: `“${rest[0] ?? ''}” has no meaning here.` };
  const lower = word.toLowerCase();
  // After an operator a word is a value, whatever it spells.
  if (previous?.kind === 'operator') return { ...at(word.length), kind: 'word', text: word, quoted: false };
  if (lower === 'and' || lower === 'or' || lower === 'not') return { ...at(word.length), kind: lower };
  const operator = WORD_OPERATORS[lower];
  if (operator !== undefined && (previous?.kind === 'word' || previous?.kind === 'not')) return { ...at(word.length), kind: 'operator', operator };
  return { ...at(word.length), kind: 'word', text: word, quoted: false };
}
