import type { SyntaxNode } from '@lezer/common';
import type { DurationExpr, Span } from './ast.ts';
import { MAX_DURATION_SECONDS, parseDurationMs } from './durations.ts';
import { parsePromNumber } from './go-number.ts';
import { ParseFailure } from './parse-failure.ts';

/** The grammar's node for a number or a duration where a duration is meant. */
const LITERAL = 'NumberDurationLiteralInDurationContext';

/** A number or a duration as written, in seconds. Throws ParseFailure. */
export function readNumberOrDuration(raw: string, span: Span): { value: number; duration: boolean } {
  const text = raw.replaceAll(/\s/g, '');
  const sign = text.startsWith('-') ? -1 : 1;
  const digits = /^[+-]/.test(text) ? text.slice(1) : text;
  if (/[smhdwy]$/.test(digits) && !/^0x/i.test(digits)) {
    const ms = parseDurationMs(digits);
    if (ms === undefined) throw new ParseFailure(span, `not a valid duration string: "${digits}"`);
    return { value: (sign * ms) / 1000, duration: true };
  }
  const value = parsePromNumber(text);
  if (value === undefined) throw new ParseFailure(span, `error parsing number: strconv.ParseFloat: parsing "${text}": invalid syntax`);
  return { value, duration: false };
}

/** Builds a duration from a DurationExpr or OffsetDurationExpr node. `computed` tells whether computing is allowed. */
export function buildDuration(node: SyntaxNode, text: string, computed: boolean): DurationExpr {
  const duration = build(node, text);
  if (!computed && !isPlain(duration)) throw new ParseFailure(duration.span, 'experimental duration expression is not enabled');
  return duration;
}

function isPlain(duration: DurationExpr): boolean {
  return duration.kind === 'number';
}

function build(node: SyntaxNode, text: string): DurationExpr {
  const span = { start: node.from, end: node.to };
  if (node.name === LITERAL) return buildLiteral(node, text, span);
  const children = childNodes(node);
  const [first, second, third] = children;
  if (first === undefined) throw new ParseFailure(span, 'expected number literal or duration expression');
  const word = text.slice(first.from, first.to).toLowerCase();
  if (first.name === 'DurationStep') return { kind: 'step', span };
  if (first.name === 'DurationRange') return { kind: 'range', span };
  if ((first.name === 'DurationMinOf' || first.name === 'DurationMaxOf') && second !== undefined && third !== undefined) {
    return { kind: 'binary', op: word === 'min_of' ? 'min_of' : 'max_of', left: build(second, text), right: build(third, text), span };
  }
  if (first.name === 'UnaryOp' && second !== undefined) {
    const offset = node.name.startsWith('Offset');
    const literal = offset ? bareLiteral(second) : undefined;
    const operand = literal === undefined ? build(second, text) : buildLiteral(literal, text, { start: first.from, end: first.to });
    return sign(word, operand, span, offset);
  }
  if (second !== undefined && third !== undefined) {
    const op = operator(text.slice(second.from, second.to));
    if (op === undefined) throw new ParseFailure(span, 'expected number literal or duration expression');
    return { kind: 'binary', op, left: build(first, text), right: build(third, text), span };
  }
  const inner = build(first, text);
  return text[node.from] === '(' ? { kind: 'paren', operand: inner, span } : inner;
}

/** The literal that a node is, or is nothing but; undefined when there is more to it. */
function bareLiteral(node: SyntaxNode): SyntaxNode | undefined {
  const inner = node.name === LITERAL ? node : node.firstChild;
  return inner !== null && inner.name === LITERAL && inner.from === node.from && inner.to === node.to ? inner : undefined;
}

/** A literal; one that is out of range is refused at `blamed`. The reference lets NaN pass and computes with whatever the processor makes of it; it is no duration, so it is refused here. */
function buildLiteral(node: SyntaxNode, text: string, blamed: Span): DurationExpr {
  const span = { start: node.from, end: node.to };
  const { value, duration } = readNumberOrDuration(text.slice(node.from, node.to), span);
  if (!(Math.abs(value) <= MAX_DURATION_SECONDS)) throw new ParseFailure(blamed, 'duration out of range');
  return { kind: 'number', seconds: value, duration, span };
}

/** A plus is kept only before what an offset computes without parentheses (the grammar's offset_duration_expr). */
function sign(op: string, operand: DurationExpr, span: Span, offset: boolean): DurationExpr {
  if (operand.kind === 'number') return { ...operand, seconds: op === '-' ? -operand.seconds : operand.seconds, span };
  if (op === '-') return { kind: 'unary', op, operand, span };
  return offset && operand.kind !== 'paren' ? { kind: 'unary', op: '+', operand, span } : operand;
}

function operator(text: string): '+' | '-' | '*' | '/' | '%' | '^' | undefined {
  return text === '+' || text === '-' || text === '*' || text === '/' || text === '%' || text === '^' ? text : undefined;
}

/** The named children of a node. */
export function childNodes(node: SyntaxNode): SyntaxNode[] {
  const out: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) out.push(child);
  return out;
}
