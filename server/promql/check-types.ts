import { compileMatcher } from '#server/timeseries/label-matcher.ts';
import { METRIC_NAME } from '#server/timeseries/labels.ts';
import type { Aggregate, Binary, Call, Expr, Span, ValueType, VectorSelector } from './ast.ts';
import { isComparison, isSetOperator } from './ast.ts';
import { functionSignature } from './function-signatures.ts';
import { quote } from './go-string.ts';
import { ParseFailure } from './parse-failure.ts';

/** The type of an expression's value. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'vector-selector':
    case 'aggregate':
      return 'vector';
    case 'matrix-selector':
    case 'subquery':
      return 'matrix';
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'paren':
    case 'unary':
      return typeOf(expr.expr);
    case 'binary':
      return typeOf(expr.left) === 'scalar' && typeOf(expr.right) === 'scalar' ? 'scalar' : 'vector';
    case 'call':
      return functionSignature(expr.func)?.returns ?? 'vector';
  }
}

/** Checks types and arities through the whole tree, in the order of Prometheus' checkAST. Throws ParseFailure. */
export function checkTypes(expr: Expr, text: string): ValueType {
  switch (expr.kind) {
    case 'vector-selector':
      checkSelector(expr, true);
      break;
    case 'matrix-selector':
      checkSelector(expr.selector, true);
      break;
    case 'subquery': {
      const type = checkTypes(expr.expr, text);
      if (type !== 'vector') throw new ParseFailure(expr.span, `subquery is only allowed on instant vector, got ${type} instead`);
      break;
    }
    case 'paren':
      checkTypes(expr.expr, text);
      break;
    case 'unary': {
      const type = checkTypes(expr.expr, text);
      if (type !== 'scalar' && type !== 'vector') {
        throw new ParseFailure(expr.span, `unary expression only allowed on expressions of type scalar or instant vector, got ${quote(documented(type))}`);
      }
      break;
    }
    case 'binary':
      checkBinary(expr, text);
      break;
    case 'aggregate':
      checkAggregate(expr, text);
      break;
    case 'call':
      checkCall(expr, text);
      break;
    case 'number':
    case 'string':
      break;
  }
  return typeOf(expr);
}

function checkSelector(selector: VectorSelector, needsMatcher: boolean): void {
  if (selector.name !== '') {
    const twice = selector.matchers.slice(0, -1).find((matcher) => matcher.name === METRIC_NAME);
    if (twice !== undefined) throw new ParseFailure(selector.span, `metric name must not be set twice: ${quote(selector.name)} or ${quote(twice.value)}`);
    return;
  }
  // A selector that also matches no labels at all would select everything, mostly by a slip of the pen.
  if (needsMatcher && selector.matchers.every((matcher) => compileMatcher(matcher).matchesEmpty)) {
    throw new ParseFailure(selector.span, 'vector selector must contain at least one non-empty matcher');
  }
}

function checkAggregate(expr: Aggregate, text: string): void {
  expectType(expr.expr, 'vector', 'aggregation expression', text);
  if (expr.param !== undefined) expectType(expr.param, expr.op === 'count_values' ? 'string' : 'scalar', 'aggregation parameter', text);
}

function expectType(expr: Expr, want: ValueType, context: string, text: string): void {
  const type = checkTypes(expr, text);
  if (type !== want) throw new ParseFailure(expr.span, `expected type ${documented(want)} in ${context}, got ${documented(type)}`);
}

function checkBinary(expr: Binary, text: string): void {
  const left = checkTypes(expr.left, text);
  const right = checkTypes(expr.right, text);
  const { op, matching } = expr;
  if (expr.returnBool && !isComparison(op)) throw new ParseFailure(operatorSpan(expr, text), 'bool modifier can only be used on comparison operators');
  if (isComparison(op) && !expr.returnBool && left === 'scalar' && right === 'scalar') {
    throw new ParseFailure(operatorSpan(expr, text), 'comparisons between scalars must use BOOL modifier');
  }
  const both = matching.on ? matching.labels.find((label) => matching.include.includes(label)) : undefined;
  if (both !== undefined) throw new ParseFailure(operatorSpan(expr, text), `label ${quote(both)} must not occur in ON and GROUP clause at once`);
  for (const [side, type] of [[expr.left, left], [expr.right, right]] as const) {
    if (type !== 'scalar' && type !== 'vector') throw new ParseFailure(side.span, 'binary expression must contain only scalar and instant vector types');
  }
  const filled = matching.fillLeft !== undefined || matching.fillRight !== undefined;
  if (left !== 'vector' || right !== 'vector') {
    if (matching.labels.length > 0) throw new ParseFailure(expr.span, 'vector matching only allowed between instant vectors');
    if (filled) throw new ParseFailure(expr.span, 'filling in missing series only allowed between instant vectors');
  } else if (isSetOperator(op)) {
    if (matching.card === 'one-to-many' || matching.card === 'many-to-one') throw new ParseFailure(expr.span, `no grouping allowed for ${quote(op)} operation`);
    if (filled) throw new ParseFailure(expr.span, 'filling in missing series not allowed for set operators');
  }
  if ((left === 'scalar' || right === 'scalar') && isSetOperator(op)) throw new ParseFailure(expr.span, `set operator ${quote(op)} not allowed in binary scalar expression`);
}

function checkCall(expr: Call, text: string): void {
  const signature = functionSignature(expr.func);
  if (signature === undefined) throw new ParseFailure(expr.span, `unknown function with name ${quote(expr.func)}`);
  const count = expr.args.length;
  const wanted = signature.args.length;
  const name = quote(expr.func);
  if (signature.variadic === 0) {
    if (count !== wanted) throw new ParseFailure(expr.span, `expected ${wanted} argument(s) in call to ${name}, got ${count}`);
  } else if (count < wanted - 1) {
    throw new ParseFailure(expr.span, `expected at least ${wanted - 1} argument(s) in call to ${name}, got ${count}`);
  } else if (signature.variadic > 0 && count > wanted - 1 + signature.variadic) {
    throw new ParseFailure(expr.span, `expected at most ${wanted - 1 + signature.variadic} argument(s) in call to ${name}, got ${count}`);
  }
  expr.args.forEach((arg, i) => {
    if (expr.func === 'info' && i === 1) {
      checkInfoSelector(arg);
      return;
    }
    const want = signature.args[Math.min(i, wanted - 1)];
    const type = checkTypes(arg, text);
    if (want !== undefined && type !== want) throw new ParseFailure(arg.span, `expected type ${documented(want)} in call to function ${name}, got ${documented(type)}`);
  });
}

/** The second argument of info() lists label matchers only, and may match anything. */
function checkInfoSelector(arg: Expr): void {
  if (arg.kind !== 'vector-selector') throw new ParseFailure(arg.span, 'expected label selectors only');
  if (arg.name !== '') throw new ParseFailure(arg.span, 'expected label selectors only, got vector selector instead');
}

/** From the end of the left side to the start of the right one, without the blanks around. */
function operatorSpan(expr: Binary, text: string): Span {
  let start = expr.left.span.end;
  while (/\s/.test(text[start] ?? 'x')) start++;
  return { start, end: expr.right.span.start };
}

function documented(type: ValueType): string {
  return type === 'vector' ? 'instant vector' : type === 'matrix' ? 'range vector' : type;
}
