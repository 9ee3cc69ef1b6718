import type { Labels } from '#server/timeseries/storage.ts';
import type { Aggregate, Span } from './ast.ts';
import { unwrapParens } from './ast.ts';
import { executionError, type EvalContext } from './eval-context.ts';
import { formatGoG } from './go-number.ts';
import type { Grouping } from './group-labels.ts';
import { labelHash } from './label-hash.ts';
import { StepMatrix } from './step-matrix.ts';

const MAX_INT64 = 2 ** 63;
/** From here on sorting all is cheaper than keeping the best ones in order. */
const MANY = 256;

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
      for (const row of chooseAt(expr, input, params[step] ?? NaN, rows, step, context)) {
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

/** The rows of a group that are chosen at a step, in the order of the result. */
function chooseAt(expr: Aggregate, input: StepMatrix, param: number, rows: readonly number[], step: number, context: EvalContext): readonly number[] {
  if (expr.op === 'limit_ratio') {
    const ratio = Math.max(-1, Math.min(1, param));
    return ratio === 0 ? [] : rows.filter((row) => input.has(row, step) && withinRatio(input.labels[row] ?? {}, ratio));
  }
  const k = Math.trunc(param);
  if (k < 1) return [];
  if (expr.op === 'limitk') return rows.filter((row) => input.has(row, step)).slice(0, k);
  return best(expr, input, k, rows, step, context);
}

/** The k largest or smallest floats, best first, those that come first among equals. NaN is only chosen when nothing better is left. */
function best(expr: Aggregate, input: StepMatrix, k: number, rows: readonly number[], step: number, { scope }: EvalContext): number[] {
  const sign = expr.op === 'topk' ? 1 : -1;
  const beats = (a: number, b: number): boolean => sign * a > sign * b || (Number.isNaN(b) && !Number.isNaN(a));
  const chosen: number[] = [];
  const values: number[] = [];
  const kept = Math.min(k, MANY);
  for (const row of rows) {
    if (!input.has(row, step)) continue;
    if (!input.isFloat(row, step)) {
      scope.annotations.ignoredInAggregation(expr.op, expr.span);
      continue;
    }
    const value = input.get(row, step);
    if (k > MANY) {
      chosen.push(row);
      continue;
    }
    if (chosen.length >= kept && !beats(value, values[kept - 1] ?? NaN)) continue;
    // Where it belongs among those chosen so far.
    let low = 0;
    let high = chosen.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (beats(value, values[middle] ?? NaN)) high = middle;
      else low = middle + 1;
    }
    chosen.splice(low, 0, row);
    values.splice(low, 0, value);
    if (chosen.length > kept) {
      chosen.pop();
      values.pop();
    }
  }
  if (k <= MANY) return chosen;
  const order = (a: number, b: number): number => (beats(a, b) ? -1 : beats(b, a) ? 1 : 0);
  return chosen.sort((a, b) => order(input.get(a, step), input.get(b, step))).slice(0, k);
}

/**
 * Whether a series falls into a share of all series: the same series always does, and `r` and `r - 1` complement each
 * other. Source: promql/engine.go HashRatioSampler.
 */
function withinRatio(labels: Labels, ratio: number): boolean {
  const offset = Number(labelHash(labels)) / 2 ** 64;
  return ratio >= 0 ? offset < ratio : offset >= 1 + ratio;
}
