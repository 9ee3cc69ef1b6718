import type { Labels } from '#server/timeseries/storage.ts';
import type { Aggregate, Span } from './ast.ts';
import { unwrapParens } from './ast.ts';
import { executionError, type EvalContext } from './eval-context.ts';
import { formatGoG } from './go-number.ts';
import type { Grouping } from './group-labels.ts';
import { labelHash } from './label-hash.ts';
import { StepMatrix } from './step-matrix.ts';

interface Entry {
  readonly row: number;
  /** NaN for a histogram. */
  readonly value: number;
}

const MAX_INT64 = 2 ** 63;

/** topk, bottomk, limitk and limit_ratio: some of the input's series, unchanged. Source: promql/engine.go aggregationK. */
export function selectSeries(expr: Aggregate, input: StepMatrix, param: StepMatrix | undefined, grouping: Grouping, context: EvalContext): StepMatrix {
  const { steps } = input;
  const params = Array.from({ length: steps }, (_, step) => param?.get(0, step) ?? NaN);
  const span = expr.param === undefined ? expr.span : unwrapParens(expr.param).span;
  if (!checkParams(expr, params, context, span)) return new StepMatrix(steps, 1);
  const rowsOf: number[][] = grouping.labels.map(() => []);
  grouping.groupOf.forEach((group, row) => rowsOf[group]?.push(row));
  const out = new StepMatrix(steps, Math.min(input.rows, 64));
  const rowOf = new Map<number, number>();
  for (let step = 0; step < steps; step++) {
    context.scope.checkpoint();
    for (const rows of rowsOf) {
      for (const { row } of chooseAt(expr, input, params[step] ?? NaN, rows, step, context)) {
        let target = rowOf.get(row);
        if (target === undefined) rowOf.set(row, (target = out.addRow(input.labels[row] ?? {}, input.dropName[row] === true)));
        input.copyCell(row, step, out, target);
      }
    }
  }
  return out;
}

/** False when nothing at all is to be chosen. */
function checkParams(expr: Aggregate, params: readonly number[], { scope }: EvalContext, span: Span): boolean {
  let max = -Infinity;
  let min = Infinity;
  let anyNaN = false;
  for (const value of params) {
    anyNaN ||= Number.isNaN(value);
    if (value > max) max = value;
    if (value < min) min = value;
  }
  if (expr.op === 'limit_ratio') {
    if (max === 0 && min === 0 && !anyNaN) return false;
    if (anyNaN) throw executionError('Ratio value is NaN');
    if (max > 1) scope.annotations.warn(`ratio value should be between -1 and 1, got ${formatGoG(max)}, capping to 1`, span);
    if (min < -1) scope.annotations.warn(`ratio value should be between -1 and 1, got ${formatGoG(min)}, capping to -1`, span);
    return true;
  }
  if (!anyNaN && max < 1) return false;
  if (anyNaN) throw executionError('Parameter value is NaN');
  if (min <= -MAX_INT64) throw executionError(`Scalar value ${formatGoG(min)} underflows int64`);
  if (max >= MAX_INT64) throw executionError(`Scalar value ${formatGoG(max)} overflows int64`);
  return true;
}

/** The series of a group that are chosen at a step, in the order of the result. */
function chooseAt(expr: Aggregate, input: StepMatrix, param: number, rows: readonly number[], step: number, { scope }: EvalContext): Entry[] {
  const sorted = expr.op === 'topk' || expr.op === 'bottomk';
  const entries: Entry[] = [];
  for (const row of rows) {
    if (!input.has(row, step)) continue;
    if (sorted && !input.isFloat(row, step)) scope.annotations.ignoredInAggregation(expr.op, expr.span);
    else entries.push({ row, value: input.get(row, step) });
  }
  if (expr.op === 'limit_ratio') {
    const ratio = Math.max(-1, Math.min(1, param));
    return ratio === 0 ? [] : entries.filter(({ row }) => withinRatio(input.labels[row] ?? {}, ratio));
  }
  const k = Math.trunc(param);
  if (k < 1) return [];
  if (!sorted) return entries.slice(0, k);
  const direction = expr.op === 'topk' ? -1 : 1;
  // NaN comes last either way: it is only chosen when there is nothing better.
  return entries
    .sort((a, b) => (Number.isNaN(a.value) ? 1 : 0) - (Number.isNaN(b.value) ? 1 : 0) || direction * (a.value - b.value) || 0)
    .slice(0, k);
}

/**
 * Whether a series falls into a share of all series: the same series always does, and `r` and `r - 1` complement each
 * other. Source: promql/engine.go HashRatioSampler.
 */
function withinRatio(labels: Labels, ratio: number): boolean {
  const offset = Number(labelHash(labels)) / 2 ** 64;
  return ratio >= 0 ? offset < ratio : offset >= 1 + ratio;
}
