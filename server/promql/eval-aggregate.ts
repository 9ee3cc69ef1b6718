import type { Aggregate, AggregateOp } from './ast.ts';
import { unwrapParens } from './ast.ts';
import { sumOrAverage } from './aggregate-sums.ts';
import { countValues } from './count-values.ts';
import type { EvalContext } from './eval-context.ts';
import { groupLabels, type Grouping } from './group-labels.ts';
import { toGroups, type GroupCells } from './group-rows.ts';
import { quantileOfSorted } from './quantile.ts';
import { selectSeries } from './select-series.ts';
import { ABSENT, FLOAT, type StepMatrix } from './step-matrix.ts';

/**
 * Aggregates series over their groups. `param` is the scalar parameter (k, q or the ratio), evaluated. Source:
 * promql/engine.go rangeEvalAgg, aggregation.
 */
export function evalAggregate(expr: Aggregate, input: StepMatrix, param: StepMatrix | undefined, context: EvalContext): StepMatrix {
  if (expr.op === 'count_values') return countValues(expr, input);
  const grouping = groupLabels(input.labels, expr);
  switch (expr.op) {
    case 'topk':
    case 'bottomk':
    case 'limitk':
    case 'limit_ratio':
      return selectSeries(expr, input, param, grouping, context);
    case 'sum':
    case 'avg':
      return sumOrAverage(expr, input, grouping, context);
    case 'quantile':
      noteQuantiles(expr, param, context);
      return quantiles(expr, input, param, grouping, context);
    case 'count':
    case 'group':
      return toGroups(input, grouping, counts(input, grouping, expr.op));
    case 'min':
    case 'max':
      return toGroups(input, grouping, extremes(input, grouping, expr, context));
    case 'stddev':
    case 'stdvar':
      return toGroups(input, grouping, variances(input, grouping, expr, context));
  }
}

/** Says that histograms are left out, where there are any. */
function noteIgnored(op: AggregateOp, input: StepMatrix, expr: Aggregate, { scope }: EvalContext): void {
  if (!input.hasHistograms) return;
  for (let row = 0; row < input.rows; row++) {
    for (let step = 0; step < input.steps; step++) {
      if (!input.has(row, step) || input.isFloat(row, step)) continue;
      scope.annotations.ignoredInAggregation(op, unwrapParens(expr.expr).span);
      return;
    }
  }
}

function counts(input: StepMatrix, grouping: Grouping, op: 'count' | 'group'): GroupCells {
  const { steps, kinds } = input;
  const found = new Float64Array(grouping.labels.length * steps);
  for (let row = 0; row < input.rows; row++) {
    const base = row * steps;
    const target = (grouping.groupOf[row] ?? 0) * steps;
    for (let step = 0; step < steps; step++) if (kinds[base + step] !== ABSENT) found[target + step] = (found[target + step] ?? 0) + 1;
  }
  return { values: op === 'count' ? found : new Float64Array(found.length).fill(1), counts: found };
}

function extremes(input: StepMatrix, grouping: Grouping, expr: Aggregate, context: EvalContext): GroupCells {
  noteIgnored(expr.op, input, expr, context);
  const { steps, kinds, values: cells } = input;
  const sign = expr.op === 'max' ? 1 : -1;
  const values = new Float64Array(grouping.labels.length * steps);
  const seen = new Float64Array(values.length);
  for (let row = 0; row < input.rows; row++) {
    const base = row * steps;
    const target = (grouping.groupOf[row] ?? 0) * steps;
    for (let step = 0; step < steps; step++) {
      if (kinds[base + step] !== FLOAT) continue;
      const value = cells[base + step] ?? NaN;
      const best = values[target + step] ?? NaN;
      if (seen[target + step] === 0 || best !== best || sign * best < sign * value) values[target + step] = value;
      seen[target + step] = 1;
    }
  }
  return { values, counts: seen };
}

/** Welford's online variance; an infinite or NaN first value spoils it, as in the reference. */
function variances(input: StepMatrix, grouping: Grouping, expr: Aggregate, context: EvalContext): GroupCells {
  noteIgnored(expr.op, input, expr, context);
  const { steps, kinds, values: cells } = input;
  const values = new Float64Array(grouping.labels.length * steps);
  const means = new Float64Array(values.length);
  const found = new Float64Array(values.length);
  for (let row = 0; row < input.rows; row++) {
    const base = row * steps;
    const target = (grouping.groupOf[row] ?? 0) * steps;
    for (let step = 0; step < steps; step++) {
      if (kinds[base + step] !== FLOAT) continue;
      const at = target + step;
      const value = cells[base + step] ?? NaN;
      const count = (found[at] ?? 0) + 1;
      found[at] = count;
      if (count === 1) {
        means[at] = value;
        values[at] = Number.isFinite(value) ? 0 : NaN;
        continue;
      }
      const delta = value - (means[at] ?? NaN);
      const mean = (means[at] ?? NaN) + delta / count;
      means[at] = mean;
      values[at] = (values[at] ?? NaN) + delta * (value - mean);
    }
  }
  for (let at = 0; at < values.length; at++) {
    const variance = (values[at] ?? NaN) / (found[at] ?? NaN);
    values[at] = expr.op === 'stddev' ? Math.sqrt(variance) : variance;
  }
  return { values, counts: found };
}

function quantiles(expr: Aggregate, input: StepMatrix, param: StepMatrix | undefined, grouping: Grouping, context: EvalContext): StepMatrix {
  noteIgnored('quantile', input, expr, context);
  const { steps } = input;
  const rowsOf: number[][] = grouping.labels.map(() => []);
  grouping.groupOf.forEach((group, row) => rowsOf[group]?.push(row));
  const values = new Float64Array(grouping.labels.length * steps);
  const found = new Float64Array(values.length);
  rowsOf.forEach((rows, group) => {
    context.scope.checkpoint();
    const gathered = new Float64Array(rows.length);
    for (let step = 0; step < steps; step++) {
      let count = 0;
      for (const row of rows) if (input.isFloat(row, step)) gathered[count++] = input.get(row, step);
      found[group * steps + step] = count;
      if (count > 0) values[group * steps + step] = quantileOfSorted(param?.get(0, step) ?? NaN, gathered.subarray(0, count).sort());
    }
  });
  return toGroups(input, grouping, { values, counts: found });
}

function noteQuantiles(expr: Aggregate, param: StepMatrix | undefined, { scope }: EvalContext): void {
  if (param === undefined || expr.param === undefined) return;
  const span = unwrapParens(expr.param).span;
  let min = Infinity;
  let max = -Infinity;
  let anyNaN = false;
  for (let step = 0; step < param.steps; step++) {
    const q = param.get(0, step);
    anyNaN ||= Number.isNaN(q);
    if (q < min) min = q;
    if (q > max) max = q;
  }
  if (anyNaN) {
    // NaN hides whatever else is wrong.
    scope.annotations.invalidQuantile(NaN, span);
    return;
  }
  if (max > 1) scope.annotations.invalidQuantile(max, span);
  if (min < 0) scope.annotations.invalidQuantile(min, span);
}
