import type { Expr, VectorSelector } from './ast.ts';

const STATISTICS: ReadonlySet<string> = new Set(['histogram_count', 'histogram_sum', 'histogram_avg']);
const NEEDS_BUCKETS: ReadonlySet<string> = new Set(['histogram_quantile', 'histogram_quantiles', 'histogram_fraction']);

/**
 * The selectors of whose histograms only count and sum are used, so that their buckets need not be carried along. The
 * nearest node around a selector that decides wins. Source: promql/engine.go detectHistogramStatsDecoding.
 */
export function findStatisticsOnly(expr: Expr): ReadonlySet<VectorSelector> {
  const found = new Set<VectorSelector>();
  visit(expr, [], found);
  return found;
}

function visit(expr: Expr, path: readonly Expr[], found: Set<VectorSelector>): void {
  const below = [...path, expr];
  switch (expr.kind) {
    case 'vector-selector':
      if (onlyStatistics(path)) found.add(expr);
      return;
    case 'matrix-selector':
      return visit(expr.selector, below, found);
    case 'subquery':
    case 'paren':
    case 'unary':
      return visit(expr.expr, below, found);
    case 'binary':
      visit(expr.left, below, found);
      return visit(expr.right, below, found);
    case 'aggregate':
      if (expr.param !== undefined) visit(expr.param, below, found);
      return visit(expr.expr, below, found);
    case 'call':
      for (const arg of expr.args) visit(arg, below, found);
      return;
    case 'number':
    case 'string':
  }
}

function onlyStatistics(path: readonly Expr[]): boolean {
  let only = false;
  for (const node of path.toReversed()) {
    if (node.kind === 'subquery') return false;
    if (node.kind === 'binary' && (node.op === '</' || node.op === '>/')) return false;
    if (node.kind !== 'call') continue;
    if (NEEDS_BUCKETS.has(node.func)) return false;
    if (STATISTICS.has(node.func)) only = true;
  }
  return only;
}
