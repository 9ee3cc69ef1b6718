import { labelsFromEntries, METRIC_NAME } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import type { Expr } from './ast.ts';

/** The labels an absent series would have: those its selector fixes with exactly one `=`. Source: promql/functions.go. */
export function absentLabels(expr: Expr): Labels {
  const matchers = expr.kind === 'vector-selector' ? expr.matchers : expr.kind === 'matrix-selector' ? expr.selector.matchers : [];
  const labels = new Map<string, string>();
  const seen = new Set<string>();
  for (const { name, op, value } of matchers) {
    if (name === METRIC_NAME) continue;
    if (op === '=' && !seen.has(name)) {
      labels.set(name, value);
      seen.add(name);
    } else labels.delete(name);
  }
  return labelsFromEntries(labels);
}
