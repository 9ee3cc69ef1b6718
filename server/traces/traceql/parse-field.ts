import type { Attribute, BinaryExpression, FieldExpression, Intrinsic, Position, SpansetFilter, Static, StaticExpression } from './ast.ts';
import { ParseFault, type TokenCursor } from './cursor.ts';
import { BARE_INTRINSICS, MAX_INT, STATIC_WORDS } from './words.ts';

/** How tightly the operators of a condition bind, as in Tempo: `&&` and `||` alike. All of them group from the left, `^` too. */
const BINDING: ReadonlyMap<string, number> = new Map([
  ...['&&', '||'].map((o): [string, number] => [o, 1]),
  ...['=', '!=', '<', '<=', '>', '>=', '=~', '!~'].map((o): [string, number] => [o, 2]),
  ...['+', '-'].map((o): [string, number] => [o, 3]),
  ...['*', '/', '%'].map((o): [string, number] => [o, 5]),
  ['^', 6],
]);
/** `!` and the sign bind looser than `*` and tighter than `+`. */
export const UNARY_BINDING = 4;

/** How tightly a binary operator binds; undefined for what is none. */
export function fieldBinding(operator: string): number | undefined {
  return BINDING.get(operator);
}

/** `{ condition }` or `{ }`. */
export function parseFilter(cursor: TokenCursor): SpansetFilter {
  const { from } = cursor.expect('{', 'spans in braces, such as { status = error }');
  const condition = cursor.isSymbol('}') ? undefined : parseCondition(cursor);
  const { to } = cursor.expect('}', 'an operator or "}"');
  return { kind: 'filter', ...(condition === undefined ? {} : { condition }), at: { from, to } };
}

/** A condition or a value, up to what cannot be part of it. */
export function parseCondition(cursor: TokenCursor): FieldExpression {
  return parseBinary(cursor, 0);
}

function parseBinary(cursor: TokenCursor, above: number): FieldExpression {
  let left = parseOperand(cursor);
  for (;;) {
    const token = cursor.peek();
    if (token.kind !== 'symbol') return left;
    const binding = BINDING.get(token.text);
    if (binding === undefined || binding <= above) return left;
    cursor.take();
    cursor.countOperator();
    const operator = token.text as BinaryExpression['operator'];
    const right = cursor.nested(() => parseBinary(cursor, binding));
    left = { kind: 'binary', operator, left, right, at: span(left, right) };
  }
}

function parseOperand(cursor: TokenCursor): FieldExpression {
  const token = cursor.peek();
  if (token.kind === 'symbol' && (token.text === '!' || token.text === '-')) {
    const { text: operator } = token;
    cursor.take();
    cursor.countOperator();
    if (operator === '-' && !cursor.isSymbol('^', 1)) {
      const number = takeNumber(cursor, token.from);
      if (number !== undefined) return number;
    }
    const of = cursor.nested(() => parseBinary(cursor, UNARY_BINDING));
    return { kind: 'unary', operator, of, at: { from: token.from, to: of.kind === 'jaeger-tag' ? token.to : (of.at?.to ?? token.to) } };
  }
  if (token.kind === 'symbol' && token.text === '(') {
    cursor.take();
    const inner = cursor.nested(() => parseBinary(cursor, 0));
    cursor.expect(')', 'an operator or ")"');
    return inner;
  }
  const value = parseStatic(cursor);
  if (value !== undefined) return value;
  return parseField(cursor, 'an attribute (span.key, .key), an intrinsic (span:name, duration, status) or a value');
}

/** A literal or a word that stands for a value. */
export function parseStatic(cursor: TokenCursor): StaticExpression | undefined {
  const token = cursor.peek();
  if (token.kind === 'literal') {
    cursor.take();
    if ((token.value.type === 'int' || token.value.type === 'duration') && token.value.value > MAX_INT) throw new ParseFault('this number does not fit 64 bits', token);
    return { kind: 'static', value: token.value, at: { from: token.from, to: token.to } };
  }
  const value = token.kind === 'word' ? STATIC_WORDS.get(token.text) : undefined;
  if (value === undefined) return undefined;
  cursor.take();
  return { kind: 'static', value, at: { from: token.from, to: token.to } };
}

/** The number behind a minus that began at `from`, negated; undefined when there is none. */
export function takeNumber(cursor: TokenCursor, from: number): StaticExpression | undefined {
  const token = cursor.peek();
  if (token.kind !== 'literal' || token.value.type === 'string') return undefined;
  cursor.take();
  return { kind: 'static', value: negated(token.value), at: { from, to: token.to } };
}

function negated(value: Extract<Static, { type: 'int' | 'float' | 'duration' }>): Static {
  return value.type === 'float' ? { type: 'float', value: -value.value } : { type: value.type, value: -value.value };
}

/** An attribute or an intrinsic. */
export function parseField(cursor: TokenCursor, expected = 'an attribute (span.key, .key) or an intrinsic (span:name, duration)'): Attribute | Intrinsic {
  const token = cursor.peek();
  if (token.kind === 'field') {
    cursor.take();
    return token.field;
  }
  if (token.kind !== 'word') throw cursor.expected(expected);
  const name = BARE_INTRINSICS.get(token.text);
  if (name === undefined) throw new ParseFault(`"${token.text}" is not known: an attribute is written .${token.text}, span.${token.text} or resource.${token.text}, a text in double quotes`, token);
  cursor.take();
  return { kind: 'intrinsic', name, at: { from: token.from, to: token.to } };
}

/** From the start of one node to the end of another. */
export function span(left: { readonly kind: string; readonly at?: Position }, right: { readonly kind: string; readonly at?: Position }): Position {
  return { from: left.at?.from ?? 0, to: right.at?.to ?? 0 };
}
