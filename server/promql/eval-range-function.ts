import { labelValue, METRIC_NAME } from '#server/timeseries/labels.ts';
import type { Call, Expr } from './ast.ts';
import { unwrapParens } from './ast.ts';
import { absentLabels } from './absent-labels.ts';
import { executionError, stepTime, type EvalContext } from './eval-context.ts';
import { evalRangeVector, type Evaluate, type RangeSeries, type RangeVector } from './eval-range-vector.ts';
import { overTimeFunctions } from './over-time-functions.ts';
import { rateFunctions } from './rate-functions.ts';
import type { RangeFunction, RangeWindow } from './range-window.ts';
import { StepMatrix } from './step-matrix.ts';
import { trendFunctions } from './trend-functions.ts';

const FUNCTIONS: ReadonlyMap<string, RangeFunction> = new Map(Object.entries({ ...rateFunctions, ...overTimeFunctions, ...trendFunctions }));
const ALLOWED_EXTENDED = {
  anchored: ['changes', 'delta', 'increase', 'rate', 'resets'],
  smoothed: ['delta', 'increase', 'rate'],
} as const;
const KEEPS_NAME: ReadonlySet<string> = new Set(['first_over_time', 'last_over_time']);
const COUNTER_SUFFIX = /(_total|_sum|_count|_bucket)$/;

/** Whether a function takes a range vector. */
export function isRangeFunction(name: string): boolean {
  return FUNCTIONS.has(name);
}

/**
 * Applies a function to the windows of a range vector, series by series, moving the window's two ends along. Source:
 * promql/engine.go (eval of Call with a matrix argument).
 */
export function evalRangeFunction(call: Call, context: EvalContext, evaluate: Evaluate): StepMatrix {
  const fn = FUNCTIONS.get(call.func);
  const args = call.args.map(unwrapParens);
  const rangeIndex = args.findIndex((arg) => arg.kind === 'matrix-selector' || arg.kind === 'subquery');
  const rangeArg = args[rangeIndex];
  if (fn === undefined || rangeArg === undefined || (rangeArg.kind !== 'matrix-selector' && rangeArg.kind !== 'subquery')) {
    throw executionError(`function ${call.func} is not supported`);
  }
  const scalars = args.filter((_, i) => i !== rangeIndex).map((arg) => evaluate(arg, context));
  const range = evalRangeVector(rangeArg, context, evaluate);
  checkExtended(range, call.func);

  const { scope, steps } = context;
  const out = new StepMatrix(steps, range.series.length);
  const scalarsAt = (step: number): number[] => scalars.map((scalar) => scalar.get(0, step));
  const constant = steps === 1 || scalars.length === 0 ? scalarsAt(0) : undefined;
  for (const series of range.series) {
    scope.checkpoint();
    scope.budget.take(series.values.length);
    const row = out.addRow(series.labels, !KEEPS_NAME.has(call.func) || series.dropName);
    const window = windowOver(series, range, context, rangeArg);
    let found = false;
    for (let step = 0; step < steps; step++) {
      moveWindow(window, range, context, step);
      if (window.from >= window.to) continue;
      const value = fn(window, constant ?? scalarsAt(step));
      if (value === undefined) continue;
      out.set(row, step, value);
      found = true;
    }
    if (!found) out.dropLastRow();
    else if (call.func === 'rate' || call.func === 'increase') noteNonCounter(series, context, rangeArg);
    scope.budget.release(series.values.length);
  }
  return call.func === 'absent_over_time' ? absentOverTime(out, rangeArg, context) : out;
}

function windowOver(series: RangeSeries, range: RangeVector, context: EvalContext, arg: Expr): RangeWindow {
  return {
    times: series.timestamps,
    values: series.values,
    from: 0,
    to: 0,
    rangeStart: 0,
    rangeEnd: 0,
    time: 0,
    rangeMs: range.rangeMs,
    extended: range.extended,
    labels: series.labels,
    annotations: context.scope.annotations,
    argSpan: arg.span,
  };
}

/** Windows only ever move forward, so both ends do too. */
function moveWindow(window: RangeWindow, range: RangeVector, context: EvalContext, step: number): void {
  window.time = stepTime(context, step);
  window.rangeEnd = range.endAt(step);
  window.rangeStart = window.rangeEnd - range.rangeMs;
  const { times } = window;
  const last = window.rangeEnd + range.after;
  const first = window.rangeStart - range.before;
  while (window.to < times.length && (times[window.to] ?? Infinity) <= last) window.to++;
  while (window.from < window.to && (times[window.from] ?? Infinity) <= first) window.from++;
}

function checkExtended({ extended }: RangeVector, func: string): void {
  if (extended === undefined) return;
  const allowed: readonly string[] = ALLOWED_EXTENDED[extended];
  if (!allowed.includes(func)) throw executionError(`${extended} modifier can only be used with: ${allowed.join(', ')} - not with ${func}`);
}

function noteNonCounter(series: RangeSeries, context: EvalContext, arg: Expr): void {
  const name = labelValue(series.labels, METRIC_NAME);
  if (name !== '' && !COUNTER_SUFFIX.test(name)) context.scope.annotations.possibleNonCounter(name, arg.span);
}

/** One series of ones where no series had a sample. */
function absentOverTime(present: StepMatrix, arg: Expr, { steps }: EvalContext): StepMatrix {
  const out = new StepMatrix(steps, 1);
  const row = out.addRow(absentLabels(arg), true);
  let found = false;
  for (let step = 0; step < steps; step++) {
    if (present.anyAt(step)) continue;
    out.set(row, step, 1);
    found = true;
  }
  if (!found) out.dropLastRow();
  return out;
}
