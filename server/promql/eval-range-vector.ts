import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import type { Expr, MatrixSelector, Subquery } from './ast.ts';
import { resolveAt, resolveDuration, stepTime, type EvalContext } from './eval-context.ts';
import { toColumns, type SampleColumns } from './sample-columns.ts';
import { sampleCount } from './sample-count.ts';
import { selectSamples } from './select-samples.ts';
import { FLOAT, type StepMatrix } from './step-matrix.ts';

/** Evaluates an expression at the steps of a context. */
export type Evaluate = (expr: Expr, context: EvalContext) => StepMatrix;

export interface RangeSeries extends SampleColumns {
  readonly labels: Labels;
  readonly dropName: boolean;
}

/** All samples a range expression can see at any step, and where its windows end. Times are Unix ms. */
export interface RangeVector {
  /** How many series, as far as is known. */
  readonly size: number;
  /** The series one after the other: each is only taken apart when its turn comes. */
  readonly series: Iterable<RangeSeries>;
  /** Whether it is known that no two series have the same labels. */
  readonly distinct: boolean;
  readonly rangeMs: number;
  /** How far `anchored` and `smoothed` windows reach beyond their edges. */
  readonly before: number;
  readonly after: number;
  readonly extended: 'anchored' | 'smoothed' | undefined;
  readonly endAt: (step: number) => number;
}

/** Gives the samples of `metric[5m]` or of a subquery, staleness markers taken out. */
export function evalRangeVector(expr: MatrixSelector | Subquery, context: EvalContext, evaluate: Evaluate, withStartTimes: boolean): RangeVector {
  context.scope.trace?.enter(expr);
  return expr.kind === 'subquery' ? evalSubquery(expr, context, evaluate) : evalMatrixSelector(expr, context, withStartTimes && context.scope.startTimestamps);
}

function evalMatrixSelector(expr: MatrixSelector, context: EvalContext, withStartTimes: boolean): RangeVector {
  const { scope, steps } = context;
  const { selector } = expr;
  const rangeMs = resolveDuration(expr.range, scope, false);
  const offset = resolveDuration(selector.offset, scope, true);
  const at = resolveAt(selector.at, scope);
  const endAt = (step: number): number => (at ?? stepTime(context, step)) - offset;
  const before = selector.extended === undefined ? 0 : scope.lookback;
  const after = selector.extended === 'smoothed' ? scope.lookback : 0;
  const selected = selectSamples(selector, { start: endAt(0) - rangeMs - before + 1, end: endAt(steps - 1) + after }, scope);
  scope.trace?.leave(selected.expected, selected.samples);
  function* series(): Generator<RangeSeries> {
    for (const one of selected.series) yield { labels: one.labels, dropName: false, ...toColumns(one, withStartTimes) };
  }
  return { size: selected.expected, series: series(), distinct: true, rangeMs, before, after, extended: selector.extended, endAt };
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
  const empty = { rangeMs, before: 0, after: 0, extended: undefined, endAt };
  if (end < start) {
    scope.trace?.leave(0, 0);
    return { ...empty, size: 0, series: [], distinct: true };
  }
  const inner: EvalContext = { scope, start, interval, steps: Math.floor((end - start) / interval) + 1 };
  // A single series at every step would be more than may be held: there is no need to walk them all to know.
  scope.budget.require(inner.steps);
  const matrix = evaluate(expr.expr, inner);
  scope.trace?.leave(matrix.rows, sampleCount(matrix));
  return { ...empty, size: matrix.rows, series: rowsOf(matrix, inner), distinct: matrix.distinct };
}

function* rowsOf(matrix: StepMatrix, context: EvalContext): Generator<RangeSeries> {
  const { steps, kinds } = matrix;
  let everyTime: Float64Array | undefined;
  for (let row = 0; row < matrix.rows; row++) {
    const labels = matrix.labels[row] ?? {};
    const dropName = matrix.dropName[row] === true;
    const base = row * steps;
    let floats = 0;
    for (let step = 0; step < steps; step++) if (kinds[base + step] === FLOAT) floats++;
    if (floats === steps) {
      // Rows without gaps, as most are, share their times.
      everyTime ??= Float64Array.from({ length: steps }, (_, step) => stepTime(context, step));
      yield { labels, dropName, times: everyTime, values: matrix.values.subarray(base, base + steps), startTimes: undefined, histograms: undefined };
      continue;
    }
    yield { labels, dropName, ...columnsOf(matrix, row, floats, context) };
  }
}

function columnsOf(matrix: StepMatrix, row: number, floats: number, context: EvalContext): SampleColumns {
  const times = new Float64Array(floats);
  const values = new Float64Array(floats);
  const histogramTimes: number[] = [];
  const histograms: FloatHistogram[] = [];
  let at = 0;
  for (let step = 0; step < matrix.steps; step++) {
    const histogram = matrix.histogramAt(row, step);
    if (histogram !== undefined) {
      histogramTimes.push(stepTime(context, step));
      histograms.push(withoutResetHint(histogram));
    } else if (matrix.has(row, step)) {
      times[at] = stepTime(context, step);
      values[at++] = matrix.get(row, step);
    }
  }
  return { times, values, startTimes: undefined, histograms: histograms.length === 0 ? undefined : { times: Float64Array.from(histogramTimes), values: histograms, startTimes: undefined } };
}

/** What a sample knows of the one before it does not hold on a subquery's grid, which may leave samples out or repeat them. */
function withoutResetHint(histogram: FloatHistogram): FloatHistogram {
  const { counterResetHint } = histogram;
  return counterResetHint === 'reset' || counterResetHint === 'not-reset' ? { ...histogram, counterResetHint: 'unknown' } : histogram;
}
