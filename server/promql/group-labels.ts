import { labelsKey, labelValue, METRIC_NAME, onlyLabels, withoutLabels } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import type { Aggregate } from './ast.ts';

/** Which group each label set belongs to, and the groups' labels in order of appearance. */
export interface Grouping {
  readonly groupOf: Int32Array;
  readonly labels: readonly Labels[];
}

/** Groups label sets as `by (…)` or `without (…)` says. Source: promql/engine.go generateGroupingKey. */
export function groupLabels(all: readonly Labels[], expr: Pick<Aggregate, 'grouping' | 'without'>): Grouping {
  const numbers = new Map<string, number>();
  const labels: Labels[] = [];
  const dropped = new Set([...expr.grouping, METRIC_NAME]);
  const groupOf = Int32Array.from(all, (one) => {
    let key = '';
    if (expr.without) key = labelsKey(withoutLabels(one, dropped));
    else for (const name of expr.grouping) key += `${labelValue(one, name)}\u0001`;
    let group = numbers.get(key);
    if (group === undefined) {
      numbers.set(key, (group = numbers.size));
      labels.push(expr.without ? withoutLabels(one, dropped) : onlyLabels(one, expr.grouping));
    }
    return group;
  });
  return { groupOf, labels };
}
