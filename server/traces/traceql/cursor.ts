import type { Position } from './ast.ts';
import { tokenize, type Token } from './tokens.ts';

/** What is wrong with a query, and where: offsets into its text, end exclusive. */
export interface TraceQlFault extends Position {
  readonly message: string;
}

/** How a parser function gives up; caught where parsing began, never seen outside. */
export class ParseFault extends Error {
  readonly at: Position;
  constructor(message: string, at: Position) {
    super(message);
    this.at = { from: at.from, to: at.to };
  }
}

/** Bounds on what a query may be, so that no text can exhaust the stack of what works on the tree. */
const MAX_DEPTH = 100;
const MAX_OPERATORS = 1000;

/** Goes through the tokens of a query; comments are not seen. */
export class TokenCursor {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;
  #operators = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text).filter((t) => t.kind !== 'comment');
  }

  /** The token that is `ahead` tokens away; behind the last one it is `end`. */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)] ?? { kind: 'end', from: 0, to: 0 };
  }

  take(): Token {
    const token = this.peek();
    this.#next += 1;
    return token;
  }

  isSymbol(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'symbol' && token.text === text;
  }

  isWord(text: string): boolean {
    const token = this.peek();
    return token.kind === 'word' && token.text === text;
  }

  takeIf(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false;
    this.#next += 1;
    return true;
  }

  /** Takes this symbol, or says that it was expected. */
  expect(symbol: string, otherwise = `"${symbol}"`): Token {
    if (!this.isSymbol(symbol)) throw this.expected(otherwise);
    return this.take();
  }

  /** The fault that something else stands here. */
  expected(what: string): ParseFault {
    const token = this.peek();
    if (token.kind === 'fault') return new ParseFault(token.message, token);
    return new ParseFault(`expected ${what}, ${token.kind === 'end' ? 'but the query ends here' : `not ${describe(token)}`}`, token);
  }

  /** Runs `read` one level deeper. */
  nested<T>(read: () => T): T {
    if (this.#depth >= MAX_DEPTH) throw new ParseFault(`the query is nested more than ${MAX_DEPTH} deep`, this.peek());
    this.#depth += 1;
    const value = read();
    this.#depth -= 1;
    return value;
  }

  /** Counts an operator: chains of them are trees as deep as they are long. */
  countOperator(): void {
    this.#operators += 1;
    if (this.#operators > MAX_OPERATORS) throw new ParseFault(`the query has more than ${MAX_OPERATORS} operators`, this.peek());
  }
}

function describe(token: Token): string {
  switch (token.kind) {
    case 'symbol':
    case 'word':
      return `"${token.text}"`;
    case 'literal':
      return token.value.type === 'string' ? 'a text' : token.value.type === 'duration' ? 'a duration' : 'a number';
    case 'field':
      return token.field.kind === 'attribute' ? `the attribute "${token.field.key}"` : `"${token.field.name}"`;
    default:
      return 'this';
  }
}
