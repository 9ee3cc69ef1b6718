import type { SeriesSamples } from '#server/timeseries/storage.ts';
import type { Expr, MatrixSelector, Subquery } from './ast.ts';
import { resolveAt, resolveDuration, stepTime, type EvalContext } from './eval-context.ts';
import { withoutStale } from './eval-selector.ts';
import type { StepMatrix } from './step-matrix.ts';

/** Evaluates an expression at the steps of a context. */
export type Evaluate = (expr: Expr, context: EvalContext) => StepMatrix;

export interface RangeSeries extends SeriesSamples {
  readonly dropName: boolean;
}

/** All samples a range expression can see at any step, and where its windows end. Times are Unix ms. */
export interface RangeVector {
  readonly series: readonly RangeSeries[];
  readonly rangeMs: number;
  /** How far `anchored` and `smoothed` windows reach beyond their edges. */
  readonly before: number;
  readonly after: number;
  readonly extended: 'anchored' | 'smoothed' | undefined;
  readonly endAt: (step: number) => number;
}

/** Gives the samples of `metric[5m]` or of a subquery, staleness markers taken out. */
export function evalRangeVector(expr: MatrixSelector | Subquery, context: EvalContext, evaluate: Evaluate): RangeVector {
  return expr.kind === 'subquery' ? evalSubquery(expr, context, evaluate) : evalMatrixSelector(expr, context);
}

function evalMatrixSelector(expr: MatrixSelector, context: EvalContext): RangeVector {
  const { scope, steps } = context;
  const { selector } = expr;
  const rangeMs = resolveDuration(expr.range, scope, false);
  const offset = resolveDuration(selector.offset, scope, true);
  const at = resolveAt(selector.at, scope);
  const endAt = (step: number): number => (at ?? stepTime(context, step)) - offset;
  const before = selector.extended === undefined ? 0 : scope.lookback;
  const after = selector.extended === 'smoothed' ? scope.lookback : 0;
  const selected = scope.querier.select(selector.matchers, { start: endAt(0) - rangeMs - before + 1, end: endAt(steps - 1) + after });
  const series: RangeSeries[] = [];
  for (const one of selected) {
    scope.checkpoint();
    const kept = withoutStale(one);
    if (kept.values.length > 0) series.push({ ...kept, dropName: false });
  }
  return { series, rangeMs, before, after, extended: selector.extended, endAt };
}

/** Evaluates the inner expression on the subquery's own grid, whose times are multiples of its step. */
function evalSubquery(expr: Subquery, context: EvalContext, evaluate: Evaluate): RangeVector {
  const { scope } = context;
  const rangeMs = resolveDuration(expr.range, scope, false);
  const offset = resolveDuration(expr.offset, scope, true);
  const at = resolveAt(expr.at, scope);
  const endAt = (step: number): number => (at ?? stepTime(context, step)) - offset;
  const interval = expr.step === undefined ? scope.defaultSubqueryStep : resolveDuration(expr.step, scope, false);
  const earliest = endAt(0) - rangeMs;
  const end = endAt(context.steps - 1);
  let start = interval * Math.trunc(earliest / interval);
  if (start <= earliest) start += interval;
  if (end < start) return { series: [], rangeMs, before: 0, after: 0, extended: undefined, endAt };
  const inner: EvalContext = { scope, start, interval, steps: Math.floor((end - start) / interval) + 1 };
  const matrix = evaluate(expr.expr, inner);
  return { series: matrixToSeries(matrix, inner), rangeMs, before: 0, after: 0, extended: undefined, endAt };
}

function matrixToSeries(matrix: StepMatrix, context: EvalContext): RangeSeries[] {
  const out: RangeSeries[] = [];
  for (let row = 0; row < matrix.rows; row++) {
    const times: number[] = [];
    const values: number[] = [];
    for (let step = 0; step < matrix.steps; step++) {
      if (!matrix.has(row, step)) continue;
      times.push(stepTime(context, step));
      values.push(matrix.get(row, step));
    }
    out.push({ labels: matrix.labels[row] ?? {}, dropName: matrix.dropName[row] === true, timestamps: Float64Array.from(times), values: Float64Array.from(values) });
  }
  return out;
}
