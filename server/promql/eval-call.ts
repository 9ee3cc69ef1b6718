import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import { histogramAvg, histogramStddev, histogramStdvar } from '#server/histogram/histogram-statistics.ts';
import type { Call, Expr } from './ast.ts';
import { unwrapParens } from './ast.ts';
import { absentLabels } from './absent-labels.ts';
import { executionError, stepTime, type EvalContext } from './eval-context.ts';
import { evalRangeFunction, isRangeFunction } from './eval-range-function.ts';
import type { Evaluate } from './eval-range-vector.ts';
import { evalVectorSelector } from './eval-selector.ts';
import { evalInfo } from './eval-info.ts';
import { goMax, goMin } from './go-math.ts';
import { histogramFraction, histogramQuantile, histogramQuantiles } from './histogram-functions.ts';
import { labelJoin, labelReplace } from './label-functions.ts';
import { dateFunctions, mathFunctions } from './math-functions.ts';
import { sortByLabels, sortByValue } from './sort-functions.ts';
import { scalarMatrix, StepMatrix } from './step-matrix.ts';

/** What a native histogram tells about its observations; floats are left out. */
const HISTOGRAM_FUNCTIONS: Readonly<Record<string, (histogram: FloatHistogram) => number>> = {
  histogram_avg: histogramAvg,
  histogram_count: ({ count }) => count,
  histogram_sum: ({ sum }) => sum,
  histogram_stddev: histogramStddev,
  histogram_stdvar: histogramStdvar,
};

/** Evaluates a function call. Source: promql/functions.go. */
export function evalCall(call: Call, context: EvalContext, evaluate: Evaluate): StepMatrix {
  const { func } = call;
  const args = call.args.map(unwrapParens);
  const arg = (i: number): Expr => {
    const one = args[i];
    if (one === undefined) throw executionError(`function ${func} lacks an argument`);
    return one;
  };
  const value = (i: number): StepMatrix => evaluate(arg(i), context);
  const texts = (from: number): string[] => args.slice(from).map((one) => (one.kind === 'string' ? one.value : ''));

  if (isRangeFunction(func)) return evalRangeFunction(call, context, evaluate);
  const math = mathFunctions[func];
  if (math !== undefined) return value(0).map(math, true);
  const date = dateFunctions[func];
  if (date !== undefined) return args.length === 0 ? dateNow(date, context) : value(0).map(date, true);
  const ofHistogram = HISTOGRAM_FUNCTIONS[func];
  if (ofHistogram !== undefined) return value(0).mapHistograms(ofHistogram, true);
  switch (func) {
    case 'time':
      return scalarMatrix(context.steps, (step) => stepTime(context, step) / 1000);
    case 'pi':
      return scalarMatrix(context.steps, () => Math.PI);
    case 'start':
    case 'end':
      return scalarMatrix(context.steps, () => context.scope[func] / 1000);
    case 'range':
      return scalarMatrix(context.steps, () => (context.scope.end - context.scope.start) / 1000);
    case 'step':
      return scalarMatrix(context.steps, () => (context.scope.start === context.scope.end ? 0 : context.scope.step / 1000));
    case 'vector':
      return value(0);
    case 'scalar':
      return scalarOf(value(0));
    case 'min_of':
    case 'max_of': {
      const [a, b] = [value(0), value(1)];
      const choose = func === 'min_of' ? goMin : goMax;
      return scalarMatrix(context.steps, (step) => choose(a.get(0, step), b.get(0, step)));
    }
    case 'absent':
      return absent(value(0), arg(0));
    case 'timestamp':
      return timestamps(arg(0), context, evaluate);
    case 'start_timestamp':
      return startTimestamps(arg(0), context, evaluate);
    case 'info':
      return evalInfo(arg(0), args[1], context, evaluate);
    case 'round':
      return round(value(0), args.length > 1 ? value(1) : undefined);
    case 'clamp':
      return clamp(value(0), value(1), value(2));
    case 'clamp_min':
      return clamp(value(0), value(1), undefined);
    case 'clamp_max':
      return clamp(value(0), undefined, value(1));
    case 'sort':
    case 'sort_desc':
      return context.steps > 1 ? unsorted(value(0).map((number) => number, false), call, context) : sortByValue(value(0), func === 'sort_desc');
    case 'sort_by_label':
    case 'sort_by_label_desc':
      return context.steps > 1 ? unsorted(value(0), call, context) : sortByLabels(value(0), texts(1), func === 'sort_by_label_desc');
    case 'label_replace':
      return labelReplace(value(0), texts(1));
    case 'label_join':
      return labelJoin(value(0), texts(1));
    case 'histogram_quantile':
      return histogramQuantile(value(0), value(1), [arg(0).span, arg(1).span], context);
    case 'histogram_quantiles':
      return histogramQuantiles(value(0), texts(1)[0] ?? '', args.slice(2).map((one, i) => ({ q: value(i + 2), span: one.span })), arg(0).span, context);
    case 'histogram_fraction':
      return histogramFraction(value(0), value(1), value(2), arg(2).span, context);
    default:
      throw executionError(`function ${func}() is not supported yet`);
  }
}

/** Range queries are sorted by labels in the end, whatever is asked for. */
function unsorted(input: StepMatrix, call: Call, { scope }: EvalContext): StepMatrix {
  scope.annotations.warn('sort is ineffective for range queries since results are always ordered by labels', call.span);
  return input;
}

function dateNow(date: (seconds: number) => number, context: EvalContext): StepMatrix {
  return scalarMatrix(context.steps, (step) => date(stepTime(context, step) / 1000));
}

/** The value of the only series, else NaN. */
function scalarOf(input: StepMatrix): StepMatrix {
  return scalarMatrix(input.steps, (step) => {
    let found: number | undefined;
    for (let row = 0; row < input.rows; row++) {
      if (!input.isFloat(row, step)) continue;
      if (found !== undefined) return NaN;
      found = input.get(row, step);
    }
    return found ?? NaN;
  });
}

function absent(input: StepMatrix, arg: Expr): StepMatrix {
  const out = new StepMatrix(input.steps, 1);
  const row = out.addRow(absentLabels(arg), false);
  for (let step = 0; step < input.steps; step++) if (!input.anyAt(step)) out.set(row, step, 1);
  if (!out.hasAny(row)) out.dropLastRow();
  return out;
}

/** The samples' own times for a plain selector, else the evaluation time of each value. */
function timestamps(arg: Expr, context: EvalContext, evaluate: Evaluate): StepMatrix {
  if (arg.kind === 'vector-selector') return evalVectorSelector(arg, context, 'time').map((seconds) => seconds, true);
  const input = evaluate(arg, context);
  const times = input.map((_, step) => stepTime(context, step) / 1000, true);
  for (let row = 0; row < input.rows && input.hasHistograms; row++) {
    for (let step = 0; step < input.steps; step++) if (input.histogramAt(row, step) !== undefined) times.set(row, step, stepTime(context, step) / 1000);
  }
  return times;
}

/** When the counters behind the samples of a plain selector began, 0 = unknown; nothing for anything else. */
function startTimestamps(arg: Expr, context: EvalContext, evaluate: Evaluate): StepMatrix {
  if (arg.kind === 'vector-selector' && context.scope.startTimestamps) return evalVectorSelector(arg, context, 'start-time').map((seconds) => seconds, true);
  evaluate(arg, context);
  return new StepMatrix(context.steps, 1);
}

/** Ties go up; the inverse of the unit is used because it loses less (functions.go funcRound). */
function round(input: StepMatrix, toNearest: StepMatrix | undefined): StepMatrix {
  return input.map((value, step) => {
    const inverse = 1 / (toNearest?.get(0, step) ?? 1);
    return Math.floor(value * inverse + 0.5) / inverse;
  }, true);
}

/** Nothing at steps where the bounds are crossed. */
function clamp(input: StepMatrix, min: StepMatrix | undefined, max: StepMatrix | undefined): StepMatrix {
  const low = (step: number): number => min?.get(0, step) ?? -Infinity;
  const high = (step: number): number => max?.get(0, step) ?? Infinity;
  const out = input.map((value, step) => goMax(low(step), goMin(high(step), value)), true);
  for (let step = 0; step < out.steps; step++) {
    if (high(step) < low(step)) for (let row = 0; row < out.rows; row++) out.clear(row, step);
  }
  return out;
}
