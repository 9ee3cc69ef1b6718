import type { DurationExpr, Expr, AtModifier, VectorMatching } from '#server/promql/ast.ts';
import { isSetOperator } from '#server/promql/ast.ts';
import { typeOf } from '#server/promql/check-types.ts';
import { functionSignature } from '#server/promql/function-signatures.ts';
import { formatGoFloat } from '#server/promql/go-number.ts';
import type { LabelMatcher } from '#server/timeseries/storage.ts';

/** A parsed expression as `/api/v1/parse_query` tells it, for tree views. Durations in ms. Source: web/api/v1/translate_ast.go. */
export function translateAst(expr: Expr): unknown {
  switch (expr.kind) {
    case 'aggregate':
      return { type: 'aggregation', op: expr.op, expr: translateAst(expr.expr), param: expr.param === undefined ? null : translateAst(expr.param), grouping: expr.grouping, without: expr.without };
    case 'binary': {
      const between = typeOf(expr.left) === 'vector' && typeOf(expr.right) === 'vector';
      const matching = between || isSetOperator(expr.op) ? translateMatching(expr.matching) : null;
      return { type: 'binaryExpr', op: expr.op, lhs: translateAst(expr.left), rhs: translateAst(expr.right), matching, bool: expr.returnBool };
    }
    case 'call': {
      const signature = functionSignature(expr.func);
      const func = { name: expr.func, argTypes: signature?.args ?? [], variadic: signature?.variadic ?? 0, returnType: signature?.returns ?? 'vector' };
      return { type: 'call', func, args: expr.args.map(translateAst) };
    }
    case 'matrix-selector': {
      const { selector, range } = expr;
      return {
        type: 'matrixSelector', name: selector.name, range: fixedMs(range), rangeExpr: computed(range), ...translateTimes(selector), matchers: translateMatchers(selector.matchers),
        anchored: selector.extended === 'anchored', smoothed: selector.extended === 'smoothed',
      };
    }
    case 'subquery':
      return { type: 'subquery', expr: translateAst(expr.expr), range: fixedMs(expr.range), rangeExpr: computed(expr.range), ...translateTimes(expr), step: fixedMs(expr.step), stepExpr: computed(expr.step) };
    case 'number':
      return { type: 'numberLiteral', val: formatGoFloat(expr.value) };
    case 'string':
      return { type: 'stringLiteral', val: expr.value.toWellFormed() };
    case 'paren':
      return { type: 'parenExpr', expr: translateAst(expr.expr) };
    case 'unary':
      return { type: 'unaryExpr', op: expr.op, expr: translateAst(expr.expr) };
    case 'vector-selector':
      return { type: 'vectorSelector', name: expr.name, ...translateTimes(expr), matchers: translateMatchers(expr.matchers), anchored: expr.extended === 'anchored', smoothed: expr.extended === 'smoothed' };
  }
}

function translateMatching({ card, labels, on, include, fillLeft, fillRight }: VectorMatching): unknown {
  return { card, labels, on, include, fillValues: { lhs: fillLeft ?? null, rhs: fillRight ?? null } };
}

function translateTimes({ offset, at }: { readonly offset?: DurationExpr; readonly at?: AtModifier }): object {
  return { offset: fixedMs(offset), offsetExpr: computed(offset), timestamp: at?.kind === 'time' ? at.ms : null, startOrEnd: at === undefined || at.kind === 'time' ? null : at.kind };
}

/** A duration that is not computed, in whole ms; 0 for the others. */
function fixedMs(duration: DurationExpr | undefined): number {
  return duration?.kind === 'number' ? Math.trunc(duration.seconds * 1000) + 0 : 0;
}

function computed(duration: DurationExpr | undefined): unknown {
  return duration === undefined || duration.kind === 'number' ? null : translateDuration(duration);
}

/** Parentheses are a mark on what they enclose; around a number they are a plus with that mark. */
function translateDuration(duration: DurationExpr, wrapped = false): unknown {
  switch (duration.kind) {
    case 'number':
      return wrapped
        ? { type: 'durationExpr', op: '+', lhs: null, rhs: translateDuration(duration), wrapped: true }
        : { type: 'numberLiteral', val: formatGoFloat(duration.seconds), duration: duration.duration };
    case 'step':
    case 'range':
      return { type: 'durationExpr', op: duration.kind, lhs: null, rhs: null, wrapped };
    case 'unary':
      return { type: 'durationExpr', op: duration.op, lhs: null, rhs: translateDuration(duration.operand), wrapped };
    case 'paren':
      return translateDuration(duration.operand, true);
    case 'binary':
      return { type: 'durationExpr', op: duration.op, lhs: translateDuration(duration.left), rhs: translateDuration(duration.right), wrapped };
  }
}

function translateMatchers(matchers: readonly LabelMatcher[]): unknown {
  return matchers.map(({ name, op, value }) => ({ name, value, type: op }));
}
