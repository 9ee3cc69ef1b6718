import type { SyntaxNode } from '@lezer/common';
import type { Aggregate, AggregateOp, AtModifier, Binary, BinaryOp, Call, Cardinality, Expr, Span, VectorMatching } from './ast.ts';
import { isSetOperator, takesParameter } from './ast.ts';
import { buildDuration, childNodes, readNumberOrDuration } from './build-duration.ts';
import { applyPostfix, buildVectorSelector, readString, withAt, withExtension, withOffset, withRange } from './build-selector.ts';
import { functionSignature } from './function-signatures.ts';
import { isLabelName, quote } from './go-string.ts';
import { ParseFailure } from './parse-failure.ts';

/** Turns an error-free syntax tree of @prometheus-io/lezer-promql into the typed tree. Throws ParseFailure. */
export function buildExpr(node: SyntaxNode, text: string, experimental: boolean): Expr {
  return new ExprBuilder(text, experimental).expr(node);
}

class ExprBuilder {
  readonly #text: string;
  readonly #experimental: boolean;
  constructor(text: string, experimental: boolean) {
    this.#text = text;
    this.#experimental = experimental;
  }

  expr(node: SyntaxNode): Expr {
    const span = spanOf(node);
    const [first, second, third] = childNodes(node);
    switch (node.name) {
      case 'PromQL':
        return this.expr(need(first, span));
      case 'ParenExpr':
        return { kind: 'paren', expr: this.expr(need(first, span)), span };
      case 'NumberDurationLiteral':
        return { kind: 'number', ...readNumberOrDuration(this.#slice(node), span), span };
      case 'StringLiteral':
        return { kind: 'string', value: readString(node, this.#text), span };
      case 'VectorSelector':
        return buildVectorSelector(node, this.#text);
      case 'MatrixSelector': {
        const range = need(second, span);
        const bracket = { start: this.#text.lastIndexOf('[', range.from), end: node.to };
        const duration = this.#positiveDuration(range);
        return this.#postfix(first, span, (target, at) => withRange(target, duration, at, bracket));
      }
      case 'SubqueryExpr': {
        const range = this.#positiveDuration(need(second, span));
        const step = third === undefined ? {} : { step: this.#positiveDuration(third) };
        return this.#postfix(first, span, (expr, at) => ({ kind: 'subquery', expr, range, ...step, span: at }));
      }
      case 'OffsetExpr': {
        const offset = buildDuration(need(third, span), this.#text, this.#experimental);
        return this.#postfix(first, span, (target, at) => withOffset(target, offset, at));
      }
      case 'StepInvariantExpr': {
        const modifier = this.#at(need(third, span), span);
        return this.#postfix(first, span, (target, at) => withAt(target, modifier, at));
      }
      case 'AnchoredExpr':
      case 'SmoothedExpr':
        return this.#postfix(first, span, (target, at) => withExtension(target, node.name === 'AnchoredExpr' ? 'anchored' : 'smoothed', this.#experimental, at));
      case 'UnaryExpr':
        return unary(this.#slice(need(first, span)), this.expr(need(second, span)), span);
      case 'BinaryExpr':
        return this.#binary(node);
      case 'AggregateExpr':
        return this.#aggregate(node);
      case 'FunctionCall':
        return this.#call(need(first, span), need(second, span), span);
      default:
        throw new ParseFailure(span, `unexpected ${node.name}`);
    }
  }

  #postfix(inner: SyntaxNode | undefined, span: Span, apply: (target: Expr, span: Span) => Expr): Expr {
    return applyPostfix(this.expr(need(inner, span)), span.end, apply);
  }

  #slice(node: SyntaxNode): string {
    return this.#text.slice(node.from, node.to);
  }

  #positiveDuration(node: SyntaxNode): ReturnType<typeof buildDuration> {
    const duration = buildDuration(node, this.#text, this.#experimental);
    if (duration.kind === 'number' && !(duration.seconds > 0)) throw new ParseFailure(duration.span, 'duration must be greater than 0');
    return duration;
  }

  #at(node: SyntaxNode, span: Span): AtModifier {
    if (node.name === 'AtModifierPreprocessors') return { kind: this.#slice(node).toLowerCase().startsWith('start') ? 'start' : 'end' };
    const { value } = readNumberOrDuration(this.#slice(node), spanOf(node));
    if (!Number.isFinite(value) || Math.abs(value) >= 2 ** 63) throw new ParseFailure(span, `timestamp out of bounds for @ modifier: ${value}`);
    return { kind: 'time', ms: Math.round(value * 1000) };
  }

  #call(name: SyntaxNode, body: SyntaxNode, span: Span): Call {
    const func = this.#slice(name);
    const signature = functionSignature(func);
    if (signature === undefined) throw new ParseFailure(spanOf(name), `unknown function with name ${quote(func)}`);
    if (signature.experimental && !this.#experimental) throw new ParseFailure(spanOf(name), `function ${quote(func)} is not enabled`);
    return { kind: 'call', func, args: childNodes(body).map((arg) => this.expr(arg)), span };
  }

  #aggregate(node: SyntaxNode): Aggregate {
    const span = spanOf(node);
    let op: AggregateOp = 'sum';
    let grouping: readonly string[] = [];
    let without = false;
    let args: readonly Expr[] = [];
    for (const child of childNodes(node)) {
      if (child.name === 'AggregateOp') op = this.#slice(child).toLowerCase() as AggregateOp;
      else if (child.name === 'FunctionCallBody') args = childNodes(child).map((arg) => this.expr(arg));
      else if (child.name === 'AggregateModifier') {
        without = child.firstChild?.name === 'Without';
        grouping = this.#labels(child.lastChild);
      }
    }
    if (args.length === 0) throw new ParseFailure(span, 'no arguments for aggregate expression provided');
    if ((op === 'limitk' || op === 'limit_ratio') && !this.#experimental) {
      throw new ParseFailure(span, `${op}() is experimental and must be enabled with --enable-feature=promql-experimental-functions`);
    }
    const wanted = takesParameter(op) ? 2 : 1;
    const expr = args[wanted - 1];
    if (args.length !== wanted || expr === undefined) {
      throw new ParseFailure(span, `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`);
    }
    const [param] = args;
    return { kind: 'aggregate', op, expr, ...(wanted === 2 && param !== undefined ? { param } : {}), grouping, without, span };
  }

  #labels(node: SyntaxNode | null): string[] {
    if (node === null) return [];
    return childNodes(node).map((label) => {
      const literal = label.name === 'QuotedLabelName' ? label.firstChild : null;
      const name = literal === null ? this.#slice(label) : readString(literal, this.#text);
      if (!isLabelName(name)) throw new ParseFailure(spanOf(label), `invalid label name for grouping: ${quote(name)}`);
      return name;
    });
  }

  #binary(node: SyntaxNode): Expr {
    const children = childNodes(node);
    const span = spanOf(node);
    const [left, operator, ...rest] = children;
    const right = rest.at(-1);
    const op = this.#slice(need(operator, span)).toLowerCase() as BinaryOp;
    let returnBool = false;
    let matching: VectorMatching = { card: isSetOperator(op) ? 'many-to-many' : 'one-to-one', on: false, labels: [], include: [] };
    for (const modifier of rest.slice(0, -1)) {
      if (modifier.name === 'BoolModifier') returnBool = true;
      else if (modifier.name === 'MatchingModifierClause') matching = this.#matching(modifier, matching);
      else if (modifier.name === 'FillModifier') matching = this.#fill(modifier, matching);
    }
    const leftNode = need(left, span);
    return attach(this.expr(leftNode), this.expr(need(right, span)), { op, returnBool, matching }, this.#slice(leftNode));
  }

  #matching(node: SyntaxNode, current: VectorMatching): VectorMatching {
    let card: Cardinality = current.card;
    let on = false;
    let labels: readonly string[] = [];
    let include: readonly string[] = [];
    let grouped = false;
    for (const child of childNodes(node)) {
      if (child.name === 'On') on = true;
      else if (child.name === 'GroupLeft') card = 'many-to-one';
      else if (child.name === 'GroupRight') card = 'one-to-many';
      else if (child.name === 'GroupingLabels') {
        if (grouped) include = this.#labels(child);
        else labels = this.#labels(child);
        grouped = true;
      }
    }
    return { ...current, card, on, labels, include };
  }

  #fill(node: SyntaxNode, current: VectorMatching): VectorMatching {
    if (!this.#experimental) throw new ParseFailure(spanOf(node), 'binop fill modifiers are experimental and not enabled');
    let matching = current;
    for (const clause of childNodes(node)) {
      const literal = clause.lastChild;
      if (literal === null) continue;
      const { value } = readNumberOrDuration(this.#slice(literal), spanOf(literal));
      if (clause.name !== 'FillRightClause') matching = { ...matching, fillLeft: value };
      if (clause.name !== 'FillLeftClause') matching = { ...matching, fillRight: value };
    }
    return matching;
  }
}

const PRECEDENCE: Readonly<Record<BinaryOp, number>> = {
  or: 1, and: 2, unless: 2, '==': 3, '!=': 3, '<': 3, '>': 3, '<=': 3, '>=': 3, '</': 3, '>/': 3, '+': 4, '-': 4, '*': 5, '/': 5, '%': 5, atan2: 5, '^': 6,
};

/**
 * Joins two operands. The grammar lets a modifier close a whole operation (`a + b offset 5m * c`), and takes `-2 ^ 2` as
 * (-2) ^ 2: an operator that binds tighter than what stands at its left is moved down to that one's right end.
 */
function attach(left: Expr, right: Expr, operation: Pick<Binary, 'op' | 'returnBool' | 'matching'>, leftText: string): Expr {
  const { op } = operation;
  const span = { start: left.span.start, end: right.span.end };
  if (left.kind === 'binary' && (PRECEDENCE[left.op] < PRECEDENCE[op] || (op === '^' && left.op === '^'))) {
    return { ...left, right: attach(left.right, right, operation, ''), span };
  }
  if (op === '^' && left.kind === 'unary') return { ...left, expr: attach(left.expr, right, operation, ''), span };
  if (op === '^' && left.kind === 'number' && /^[+-]/.test(leftText)) {
    const negative = leftText.startsWith('-');
    const bare: Expr = { ...left, value: negative ? -left.value : left.value, span: { start: left.span.start + 1, end: left.span.end } };
    return { kind: 'unary', op: negative ? '-' : '+', expr: attach(bare, right, operation, ''), span };
  }
  return { kind: 'binary', left, right, ...operation, span };
}

function unary(op: string, expr: Expr, span: Span): Expr {
  if (expr.kind === 'number') return { ...expr, value: op === '-' ? -expr.value : expr.value, span };
  return { kind: 'unary', op: op === '-' ? '-' : '+', expr, span };
}

function need(node: SyntaxNode | undefined, span: Span): SyntaxNode {
  if (node === undefined) throw new ParseFailure(span, 'unexpected end of input');
  return node;
}

function spanOf(node: SyntaxNode): Span {
  return { start: node.from, end: node.to };
}
