import type { Expr } from '../ast.ts';
import { walkExpr } from '../ast.ts';
import { dependsOnTime } from '../step-invariant.ts';

/**
 * The expression with `@ time` (ms) on every selector and outermost subquery that has none: it must give the same result
 * at any evaluation time. Undefined when a function in it depends on that time by itself.
 */
export function pinSelectors(expr: Expr, time: number): Expr | undefined {
  let unsafe = false;
  walkExpr(expr, (node) => {
    if (node.kind === 'call' && dependsOnTime(node.func)) unsafe = true;
  });
  return unsafe ? undefined : pin(expr, time);
}

function pin(expr: Expr, time: number): Expr {
  const at = { kind: 'time', ms: time } as const;
  switch (expr.kind) {
    case 'number':
    case 'string':
      return expr;
    case 'vector-selector':
      return expr.at?.kind === 'time' ? expr : { ...expr, at };
    case 'matrix-selector':
      return expr.selector.at?.kind === 'time' ? expr : { ...expr, selector: { ...expr.selector, at } };
    case 'subquery':
      return expr.at?.kind === 'time' ? expr : { ...expr, at };
    case 'paren':
    case 'unary':
      return { ...expr, expr: pin(expr.expr, time) };
    case 'binary':
      return { ...expr, left: pin(expr.left, time), right: pin(expr.right, time) };
    case 'aggregate':
      return { ...expr, expr: pin(expr.expr, time), ...(expr.param === undefined ? {} : { param: pin(expr.param, time) }) };
    case 'call':
      return { ...expr, args: expr.args.map((arg) => pin(arg, time)) };
  }
}
