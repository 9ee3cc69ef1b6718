import type { SyntaxNode } from '@lezer/common';
import { compileMatcher, InvalidMatcherError } from '#server/timeseries/label-matcher.ts';
import { METRIC_NAME } from '#server/timeseries/labels.ts';
import type { LabelMatcher, MatchOp } from '#server/timeseries/storage.ts';
import type { AtModifier, DurationExpr, Expr, MatrixSelector, Span, Subquery, VectorSelector } from './ast.ts';
import { childNodes } from './build-duration.ts';
import { unquote } from './go-string.ts';
import { ParseFailure } from './parse-failure.ts';

/** `name{a="b",…}`. Throws ParseFailure. */
export function buildVectorSelector(node: SyntaxNode, text: string): VectorSelector {
  let name = '';
  const matchers: LabelMatcher[] = [];
  for (const child of childNodes(node)) {
    if (child.name === 'Identifier') name = text.slice(child.from, child.to);
    else if (child.name === 'LabelMatchers') for (const item of childNodes(child)) matchers.push(buildMatcher(item, text));
  }
  if (name !== '') matchers.push({ name: METRIC_NAME, op: '=', value: name });
  return { kind: 'vector-selector', name, matchers, span: { start: node.from, end: node.to } };
}

/** The text of a string literal node. Throws ParseFailure. */
export function readString(node: SyntaxNode, text: string): string {
  const raw = text.slice(node.from, node.to);
  const value = unquote(raw);
  if (value === undefined) throw new ParseFailure({ start: node.from, end: node.to }, `error unquoting string ${JSON.stringify(raw)}: invalid syntax`);
  return value;
}

/**
 * Applies what stands after an expression to the operand it belongs to. The grammar takes `a + b offset 5m` as
 * (a + b) offset 5m; in PromQL a modifier binds tighter than any operator.
 */
export function applyPostfix(expr: Expr, end: number, apply: (target: Expr, span: Span) => Expr): Expr {
  const span = { start: expr.span.start, end };
  if (expr.kind === 'binary') return { ...expr, right: applyPostfix(expr.right, end, apply), span };
  if (expr.kind === 'unary') return { ...expr, expr: applyPostfix(expr.expr, end, apply), span };
  return apply(expr, span);
}

/** Sets the range of a selector: `expr[5m]`. `bracket` is where the range stands. */
export function withRange(expr: Expr, range: DurationExpr, span: Span, bracket: Span): MatrixSelector {
  if (expr.kind !== 'vector-selector') throw new ParseFailure(bracket, 'ranges only allowed for vector selectors');
  if (expr.offset !== undefined) throw new ParseFailure(bracket, 'no offset modifiers allowed before range');
  if (expr.at !== undefined) throw new ParseFailure(bracket, 'no @ modifiers allowed before range');
  return { kind: 'matrix-selector', selector: expr, range, span };
}

/** Sets the offset of a selector or a subquery. */
export function withOffset(expr: Expr, offset: DurationExpr, span: Span): VectorSelector | MatrixSelector | Subquery {
  const target = modifiable(expr, 'offset modifier must be preceded by an instant vector selector or range vector selector or a subquery');
  const current = target.kind === 'matrix-selector' ? target.selector.offset : target.offset;
  if (current !== undefined && !(current.kind === 'number' && current.seconds === 0)) throw new ParseFailure(expr.span, 'offset may not be set multiple times');
  if (target.kind === 'matrix-selector') return { ...target, selector: { ...target.selector, offset }, span };
  return { ...target, offset, span };
}

/** Sets the evaluation time of a selector or a subquery. */
export function withAt(expr: Expr, at: AtModifier, span: Span): VectorSelector | MatrixSelector | Subquery {
  const target = modifiable(expr, '@ modifier must be preceded by an instant vector selector or range vector selector or a subquery');
  const current = target.kind === 'matrix-selector' ? target.selector.at : target.at;
  if (current !== undefined) throw new ParseFailure(expr.span, '@ <timestamp> may not be set multiple times');
  if (target.kind === 'matrix-selector') return { ...target, selector: { ...target.selector, at }, span };
  return { ...target, at, span };
}

/** Marks a selector as `anchored` or `smoothed`. */
export function withExtension(expr: Expr, extended: 'anchored' | 'smoothed', enabled: boolean, span: Span): VectorSelector | MatrixSelector {
  if (!enabled) throw new ParseFailure(expr.span, `${extended} modifier is experimental and not enabled`);
  if (expr.kind === 'subquery') throw new ParseFailure(expr.span, `${extended} modifier is not supported for subqueries`);
  if (expr.kind !== 'vector-selector' && expr.kind !== 'matrix-selector') throw new ParseFailure(expr.span, `${extended} modifier not implemented`);
  const current = expr.kind === 'matrix-selector' ? expr.selector.extended : expr.extended;
  if (current !== undefined && current !== extended) throw new ParseFailure(expr.span, 'anchored and smoothed modifiers cannot be used together');
  return expr.kind === 'matrix-selector' ? { ...expr, selector: { ...expr.selector, extended }, span } : { ...expr, extended, span };
}

function modifiable(expr: Expr, otherwise: string): VectorSelector | MatrixSelector | Subquery {
  if (expr.kind === 'vector-selector' || expr.kind === 'matrix-selector' || expr.kind === 'subquery') return expr;
  throw new ParseFailure(expr.span, otherwise);
}

function buildMatcher(node: SyntaxNode, text: string): LabelMatcher {
  const span = { start: node.from, end: node.to };
  if (node.name === 'QuotedLabelName') {
    const literal = childNodes(node)[0];
    return { name: METRIC_NAME, op: '=', value: literal === undefined ? '' : readString(literal, text) };
  }
  const [label, op, value] = childNodes(node);
  if (label === undefined || op === undefined || value === undefined) throw new ParseFailure(span, 'unexpected label matcher');
  const quoted = label.name === 'QuotedLabelName' ? childNodes(label)[0] : undefined;
  const name = quoted === undefined ? text.slice(label.from, label.to) : readString(quoted, text);
  const matcher: LabelMatcher = { name, op: matchOp(text.slice(op.from, op.to)), value: readString(value, text) };
  try {
    compileMatcher(matcher);
  } catch (error) {
    if (error instanceof InvalidMatcherError) throw new ParseFailure(span, error.message);
    throw error;
  }
  return matcher;
}

function matchOp(text: string): MatchOp {
  return text === '!=' || text === '=~' || text === '!~' ? text : '=';
}
