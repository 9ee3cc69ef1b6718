import type { Expr } from './ast.ts';
import { unwrapParens } from './ast.ts';

/** Functions whose result depends on the evaluation time even when their arguments do not. Source: promql/functions.go. */
const TIME_DEPENDENT: ReadonlySet<string> = new Set([
  'days_in_month', 'day_of_month', 'day_of_week', 'day_of_year', 'hour', 'minute', 'month', 'year',
  'predict_linear', 'time', 'timestamp', 'start', 'end', 'range', 'step',
]);

/** Whether a function makes an expression change from step to step by itself. */
export function dependsOnTime(func: string): boolean {
  return TIME_DEPENDENT.has(func);
}

/** Whether an expression has the same value at every step, because `@` pins all it reads. Source: promql/engine.go preprocessExprHelper. */
export function isStepInvariant(expr: Expr): boolean {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return true;
    case 'vector-selector':
    case 'subquery':
      return expr.at !== undefined;
    case 'matrix-selector':
      return expr.selector.at !== undefined;
    case 'paren':
    case 'unary':
    case 'aggregate':
      return isStepInvariant(expr.expr);
    case 'binary':
      return isStepInvariant(expr.left) && isStepInvariant(expr.right);
    case 'call': {
      const args = expr.args.map(unwrapParens);
      if (expr.func === 'timestamp') return args.every((arg) => arg.kind === 'vector-selector' && isStepInvariant(arg));
      return !dependsOnTime(expr.func) && args.every(isStepInvariant);
    }
  }
}
