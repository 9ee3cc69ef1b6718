import type { GraphEdge, GraphNode } from '#server/graph/core/graph-model.ts';
import { tokenize, type ExpressionError, type Operator, type Token } from './expression-tokens.ts';
import { operandNamed, similarOperand, type NumberUnit, type Operand } from './graph-operands.ts';

/** Which element a term asks: the one at hand, or an end of an edge. */
export type Scope = 'any' | 'node' | 'edge' | 'source' | 'target';
export type Expression =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Expression[] }
  | { readonly kind: 'not'; readonly part: Expression }
  | { readonly kind: 'flag'; readonly scope: Scope; readonly operand: Operand & { readonly kind: 'flag' } }
  | { readonly kind: 'text'; readonly scope: Scope; readonly operand: Operand & { readonly kind: 'text' }; readonly operator: Operator; readonly value: string }
  /** `null` compares with "no data" (`NaN`). */
  | { readonly kind: 'number'; readonly scope: Scope; readonly operand: Operand & { readonly kind: 'number' }; readonly operator: Operator; readonly value: number | null };
export type ParsedExpression = { readonly ok: true; readonly expression: Expression | undefined } | { readonly ok: false; readonly error: ExpressionError };

/** An element that an expression is asked of. */
export type Element = { readonly kind: 'node'; readonly node: GraphNode } | { readonly kind: 'edge'; readonly edge: GraphEdge; readonly source: GraphNode | undefined; readonly target: GraphNode | undefined };

/**
 * Parses a find or hide text; the empty text has no expression. Grammar: `or := and (OR and)*`, `and := not (AND not)*`,
 * `not := (NOT | !)* (term | "(" or ")")`, `term := [scope.]operand [operator value]`. Kiali's expressions are a subset.
 */
export function parseExpression(text: string): ParsedExpression {
  const tokens = tokenize(text);
  if (!Array.isArray(tokens)) return { ok: false, error: tokens };
  if (tokens.length === 0) return { ok: true, expression: undefined };
  const reader = { tokens, at: 0, end: text.length };
  const expression = readOr(reader);
  if ('message' in expression) return { ok: false, error: expression };
  const left = reader.tokens[reader.at];
  if (left === undefined) return { ok: true, expression };
  return { ok: false, error: at(left, left.kind === 'close' ? 'This parenthesis was never opened.' : 'Join two conditions by AND or OR.') };
}

/**
 * Does the element match? `undefined` when the question does not apply to it (a rate of no edge, a namespace of an
 * edge): Kleene's three values, so that `not` of something that does not apply does not apply either.
 */
export function evaluate(expression: Expression, element: Element): boolean | undefined {
  switch (expression.kind) {
    case 'and': {
      const values = expression.parts.map((part) => evaluate(part, element));
      return values.includes(false) ? false : values.includes(undefined) ? undefined : true;
    }
    case 'or': {
      const values = expression.parts.map((part) => evaluate(part, element));
      return values.includes(true) ? true : values.includes(undefined) ? undefined : false;
    }
    case 'not': {
      const value = evaluate(expression.part, element);
      return value === undefined ? undefined : !value;
    }
    case 'flag':
      return read(expression, element);
    case 'text': {
      const values = read(expression, element);
      return values === undefined ? undefined : compareText(values, expression.operator, expression.value);
    }
    case 'number': {
      const value = read(expression, element);
      return value === undefined ? undefined : compareNumber(value, expression.operator, expression.value);
    }
  }
}

interface Term<V> {
  readonly scope: Scope;
  readonly operand: { readonly node?: (node: GraphNode) => V; readonly edge?: (edge: GraphEdge) => V };
}

function read<V>({ scope, operand }: Term<V>, element: Element): V | undefined {
  if (element.kind === 'node') return scope === 'any' || scope === 'node' ? operand.node?.(element.node) : undefined;
  if (scope === 'any' || scope === 'edge') return operand.edge?.(element.edge);
  const end = scope === 'source' ? element.source : scope === 'target' ? element.target : undefined;
  return end === undefined ? undefined : operand.node?.(end);
}

interface Reader {
  readonly tokens: readonly Token[];
  at: number;
  readonly end: number;
}
type Result = Expression | ExpressionError;

function readOr(reader: Reader): Result {
  return readChain(reader, 'or', readAnd);
}
function readAnd(reader: Reader): Result {
  return readChain(reader, 'and', readNot);
}
function readChain(reader: Reader, kind: 'and' | 'or', next: (reader: Reader) => Result): Result {
  const first = next(reader);
  if ('message' in first) return first;
  const parts = [first];
  while (reader.tokens[reader.at]?.kind === kind) {
    reader.at += 1;
    const part = next(reader);
    if ('message' in part) return part;
    parts.push(part);
  }
  return parts.length === 1 ? first : { kind, parts };
}

function readNot(reader: Reader): Result {
  const token = reader.tokens[reader.at];
  if (token === undefined) return { message: 'A condition is missing here.', start: Math.max(0, reader.end - 1), end: reader.end };
  if (token.kind === 'not') {
    reader.at += 1;
    const part = readNot(reader);
    return 'message' in part ? part : { kind: 'not', part };
  }
  if (token.kind === 'open') {
    reader.at += 1;
    const inner = readOr(reader);
    if ('message' in inner) return inner;
    if (reader.tokens[reader.at]?.kind !== 'close') return at(token, 'This parenthesis is never closed.');
    reader.at += 1;
    return inner;
  }
  if (token.kind !== 'word') return at(token, 'A condition must begin with a word such as name, rps or healthy.');
  reader.at += 1;
  return readTerm(reader, token);
}

const SCOPES: Readonly<Record<string, Scope>> = { node: 'node', edge: 'edge', source: 'source', from: 'source', target: 'target', to: 'target' };

function readTerm(reader: Reader, word: Token & { kind: 'word' }): Result {
  const dot = word.text.indexOf('.');
  const prefix = dot < 0 ? undefined : SCOPES[word.text.slice(0, dot).toLowerCase()];
  // `from = cart` and `to = cart`: the name of an end.
  const alone = dot < 0 && /^(from|to|source|target)$/i.test(word.text) ? SCOPES[word.text.toLowerCase()] : undefined;
  const scope = prefix ?? alone ?? 'any';
  const name = alone !== undefined ? 'name' : prefix === undefined ? word.text : word.text.slice(dot + 1);
  const operand = operandNamed(name);
  if (operand === undefined) return at(word, unknownWord(name));
  const asked = scope === 'edge' ? operand.edge : operand.node;
  if (scope !== 'any' && asked === undefined) return at(word, `${scope === 'edge' ? 'An edge' : 'A node'} has no “${name}”.`);
  const operator = reader.tokens[reader.at];
  if (operator?.kind !== 'operator') {
    if (operand.kind === 'flag') return { kind: 'flag', scope, operand };
    return at(word, operand.kind === 'text' ? `Compare it: ${name} = x, ${name} contains x …` : `Compare it: ${name} > 5`);
  }
  reader.at += 1;
  const value = reader.tokens[reader.at];
  if (value?.kind !== 'word') return at(operator, 'A value is missing after this.');
  reader.at += 1;
  if (operand.kind === 'flag') return at(operator, `“${name}” is a yes or no: write ${name} or !${name}.`);
  if (operand.kind === 'text') {
    if (/[<>]/.test(operator.operator)) return at(operator, `“${name}” is a text: use =, contains, startswith or endswith.`);
    return { kind: 'text', scope, operand, operator: operator.operator, value: value.text };
  }
  if (/[a-z]/.test(operator.operator)) return at(operator, `“${name}” is a number: use =, !=, <, <=, > or >=.`);
  const number = readNumber(value.text, operand.unit);
  return number === undefined ? at(value, `“${value.text}” is not a number${EXAMPLE[operand.unit]}.`) : { kind: 'number', scope, operand, operator: operator.operator, value: number };
}

const EXAMPLE: Readonly<Record<NumberUnit, string>> = { rate: ' such as 5 or 1.5k', percent: ' such as 1%', ms: ' such as 250ms or 1.5s', bytes: ' such as 512 or 10kb' };

function readNumber(text: string, unit: NumberUnit): number | null | undefined {
  if (/^nan$/i.test(text)) return null;
  const match = /^(\d+(?:\.\d+)?|\.\d+)(%|ms|s|rps|k|kb|mb|b|m)?$/i.exec(text);
  if (match === null) return undefined;
  const suffix = (match[2] ?? '').toLowerCase();
  const factors: Readonly<Record<NumberUnit, Readonly<Record<string, number>>>> = {
    rate: { '': 1, rps: 1, k: 1000, m: 1_000_000 },
    percent: { '': 1, '%': 1 },
    ms: { '': 1, ms: 1, s: 1000 },
    bytes: { '': 1, b: 1, k: 1024, kb: 1024, m: 1_048_576, mb: 1_048_576 },
  };
  const factor = factors[unit][suffix];
  return factor === undefined ? undefined : Number(match[1]) * factor;
}

function compareText(values: readonly string[], operator: Operator, wanted: string): boolean {
  const value = wanted.toLowerCase();
  const test = (holds: (text: string) => boolean): boolean => values.some((text) => holds(text.toLowerCase()));
  switch (operator) {
    case '=':
      return test((text) => text === value);
    case '!=':
      return !test((text) => text === value);
    case 'contains':
      return test((text) => text.includes(value));
    case 'not contains':
      return !test((text) => text.includes(value));
    case 'startswith':
      return test((text) => text.startsWith(value));
    case 'not startswith':
      return !test((text) => text.startsWith(value));
    case 'endswith':
      return test((text) => text.endsWith(value));
    case 'not endswith':
      return !test((text) => text.endsWith(value));
    default:
      return false;
  }
}

function compareNumber(value: number | null, operator: Operator, wanted: number | null): boolean {
  if (wanted === null) return operator === '!=' ? value !== null : operator === '=' && (value === null || value === 0);
  if (value === null) return operator === '!=';
  switch (operator) {
    case '=':
      return value === wanted;
    case '!=':
      return value !== wanted;
    case '>':
      return value > wanted;
    case '>=':
      return value >= wanted;
    case '<':
      return value < wanted;
    case '<=':
      return value <= wanted;
    default:
      return false;
  }
}

function unknownWord(name: string): string {
  const similar = similarOperand(name);
  return similar === undefined ? `“${name}” is not a word of this language. For a name write: name contains ${name}` : `“${name}” is not known. Did you mean “${similar}”?`;
}

function at({ start, end }: Token, message: string): ExpressionError {
  return { message, start, end };
}
