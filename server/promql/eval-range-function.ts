import { labelValue, METRIC_NAME } from '#server/timeseries/labels.ts';
import type { Call, Expr, Span } from './ast.ts';
import { unwrapParens } from './ast.ts';
import { absentLabels } from './absent-labels.ts';
import { executionError, stepTime, WorkMeter, type EvalContext } from './eval-context.ts';
import { evalRangeVector, type Evaluate, type RangeSeries, type RangeVector } from './eval-range-vector.ts';
import { overTimeFunctions } from './over-time-functions.ts';
import { rateFunctions } from './rate-functions.ts';
import { rateOverSteps, type MovingWindow } from './rate-over-steps.ts';
import type { RangeFunction, RangeWindow, SampleWindow } from './range-window.ts';
import { StepMatrix } from './step-matrix.ts';
import { trendFunctions } from './trend-functions.ts';

const FUNCTIONS: ReadonlyMap<string, RangeFunction> = new Map(Object.entries({ ...rateFunctions, ...overTimeFunctions, ...trendFunctions }));
const ALLOWED_EXTENDED = {
  anchored: ['changes', 'delta', 'increase', 'rate', 'resets'],
  smoothed: ['delta', 'increase', 'rate'],
} as const;
const KEEPS_NAME: ReadonlySet<string> = new Set(['first_over_time', 'last_over_time']);
const SEES_START_TIMES: ReadonlySet<string> = new Set(['rate', 'irate', 'increase', 'resets']);
const SUMS_INCREASES: ReadonlySet<string> = new Set(['rate', 'increase']);
const COUNTER_SUFFIX = /(_total|_sum|_count|_bucket)$/;
/** Functions that have a loop of their own for plain floats. */
const PLAIN_RATES: Readonly<Record<string, { readonly isCounter: boolean; readonly isRate: boolean }>> = {
  rate: { isCounter: true, isRate: true },
  increase: { isCounter: true, isRate: false },
  delta: { isCounter: false, isRate: false },
};

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
  const [firstArg] = args;
  if (fn === undefined || firstArg === undefined || rangeArg === undefined || (rangeArg.kind !== 'matrix-selector' && rangeArg.kind !== 'subquery')) {
    throw executionError(`function ${call.func} is not supported`);
  }
  const range = evalRangeVector(rangeArg, context, evaluate, SEES_START_TIMES.has(call.func));
  const scalars = args.filter((_, i) => i !== rangeIndex).map((arg) => evaluate(arg, context));
  checkExtended(range, call.func);

  const { scope, steps } = context;
  const out = new StepMatrix(steps, scope.budget.rowsFor(range.size, steps));
  out.distinct = range.distinct;
  const scalarsAt = (step: number): number[] => scalars.map((scalar) => scalar.get(0, step));
  const constant = steps === 1 || scalars.length === 0 ? scalarsAt(0) : undefined;
  const argSpan = spanForNotes(firstArg);
  const plainRate = PLAIN_RATES[call.func];
  const meter = new WorkMeter(scope.checkpoint);
  for (const series of range.series) {
    scope.checkpoint();
    const row = out.addRow(series.labels, !KEEPS_NAME.has(call.func) || series.dropName);
    let found = 0;
    let floats = true;
    let widest = 0;
    let touched = 0;
    if (plainRate !== undefined && range.extended === undefined && series.histograms === undefined && series.startTimes === undefined) {
      const target = { values: out.values, kinds: out.kinds, base: row * steps };
      ({ found, widest, touched } = rateOverSteps(series.times, series.values, movingWindow(range, steps), plainRate.isCounter, plainRate.isRate, target));
    } else {
      floats = false;
      const window = windowOver(series, range, context, argSpan);
      for (let step = 0; step < steps; step++) {
        moveWindow(window, range, context, step);
        const size = window.to - window.from + (window.histograms === undefined ? 0 : window.histograms.to - window.histograms.from);
        if (size === 0) continue;
        meter.add(size);
        if (size > widest) widest = size;
        touched += size;
        const value = fn(window, constant ?? scalarsAt(step));
        if (value === undefined) continue;
        out.put(row, step, value);
        floats ||= typeof value === 'number';
        found++;
      }
    }
    scope.budget.require(widest);
    scope.budget.take(found);
    scope.budget.touch(touched);
    if (found === 0) out.dropLastRow();
    else if (floats && SUMS_INCREASES.has(call.func)) noteNonCounter(series, context, argSpan);
  }
  return call.func === 'absent_over_time' ? absentOverTime(out, rangeArg, context) : out;
}

function movingWindow({ endAt, rangeMs }: RangeVector, steps: number): MovingWindow {
  const firstEnd = endAt(0);
  return { firstEnd, interval: steps > 1 ? endAt(1) - firstEnd : 0, steps, rangeMs };
}

/** The reference puts a subquery's result in its place, which has no place in the text any more. */
function spanForNotes(arg: Expr): Span {
  return arg.kind === 'subquery' ? { start: 0, end: 0 } : arg.span;
}

function windowOver(series: RangeSeries, range: RangeVector, context: EvalContext, argSpan: Span): RangeWindow {
  const { times, values, startTimes, histograms } = series;
  return {
    times,
    values,
    startTimes,
    from: 0,
    to: 0,
    histograms: histograms && { ...histograms, from: 0, to: 0 },
    rangeStart: 0,
    rangeEnd: 0,
    time: 0,
    rangeMs: range.rangeMs,
    extended: range.extended,
    labels: series.labels,
    annotations: context.scope.annotations,
    argSpan,
  };
}

/** Windows only ever move forward, so both ends do too. */
function moveWindow(window: RangeWindow, range: RangeVector, context: EvalContext, step: number): void {
  window.time = stepTime(context, step);
  window.rangeEnd = range.endAt(step);
  window.rangeStart = window.rangeEnd - range.rangeMs;
  const last = window.rangeEnd + range.after;
  const first = window.rangeStart - range.before;
  moveEnds(window, first, last);
  if (window.histograms !== undefined) moveEnds(window.histograms, first, last);
}

function moveEnds(window: SampleWindow, first: number, last: number): void {
  const { times } = window;
  let { from, to } = window;
  while (to < times.length && (times[to] ?? Infinity) <= last) to++;
  while (from < to && (times[from] ?? Infinity) <= first) from++;
  window.from = from;
  window.to = to;
}

function checkExtended({ extended }: RangeVector, func: string): void {
  if (extended === undefined) return;
  const allowed: readonly string[] = ALLOWED_EXTENDED[extended];
  if (!allowed.includes(func)) throw executionError(`${extended} modifier can only be used with: ${allowed.join(', ')} - not with ${func}`);
}

function noteNonCounter(series: RangeSeries, { scope }: EvalContext, span: Span): void {
  const name = labelValue(series.labels, METRIC_NAME);
  if (name === '') return;
  if (scope.typeAndUnitLabels) {
    const type = labelValue(series.labels, '__type__');
    if (type !== 'counter' && type !== 'histogram') scope.annotations.possibleNonCounterType(name, type, span);
  } else if (!COUNTER_SUFFIX.test(name)) scope.annotations.possibleNonCounter(name, span);
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
