import { formatHistogram } from '#server/histogram/format-histogram.ts';
import { labelsFromEntries, labelsKey } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import type { Aggregate } from './ast.ts';
import { unwrapParens } from './ast.ts';
import { executionError } from './eval-context.ts';
import { formatGoFloat } from './go-number.ts';
import { isLabelName, quote } from './go-string.ts';
import { groupLabels } from './group-labels.ts';
import { StepMatrix } from './step-matrix.ts';

/** One series for each distinct value in a group, with the value as a label. Source: promql/engine.go aggregationCountValues. */
export function countValues(expr: Aggregate, input: StepMatrix): StepMatrix {
  const param = expr.param === undefined ? undefined : unwrapParens(expr.param);
  const name = param?.kind === 'string' ? param.value : '';
  if (!isLabelName(name)) throw executionError(`invalid label name ${quote(name)}`);
  const grouping = { without: expr.without, grouping: expr.without ? expr.grouping : [...expr.grouping, name] };
  const out = new StepMatrix(input.steps);
  const rowOf = new Map<string, number>();
  for (let step = 0; step < input.steps; step++) {
    const labels: Labels[] = [];
    for (let row = 0; row < input.rows; row++) {
      if (!input.has(row, step)) continue;
      const histogram = input.histogramAt(row, step);
      const text = histogram === undefined ? formatGoFloat(input.get(row, step)) : formatHistogram(histogram);
      labels.push(labelsFromEntries([...Object.entries(input.labels[row] ?? {}), [name, text]]));
    }
    const groups = groupLabels(labels, grouping);
    const counts = new Map<number, number>();
    for (const group of groups.groupOf) counts.set(group, (counts.get(group) ?? 0) + 1);
    groups.labels.forEach((one, group) => {
      const key = labelsKey(one);
      let row = rowOf.get(key);
      if (row === undefined) rowOf.set(key, (row = out.addRow(one, false)));
      out.set(row, step, counts.get(group) ?? 0);
    });
  }
  return out;
}
