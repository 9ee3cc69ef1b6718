import type { Labels, Querier } from '#server/timeseries/storage.ts';
import { Annotations } from './annotations.ts';
import type { Expr } from './ast.ts';
import { unwrapParens, walkExpr } from './ast.ts';
import { keyOfLabels, withoutMetadata } from './derived-labels.ts';
import { typeOf } from './check-types.ts';
import { executionError, resolveDuration, SAME_LABELSET, SampleBudget, settleNames, stepTime, type EvalContext, type QueryScope } from './eval-context.ts';
import { evaluate } from './evaluate.ts';
import { QueryError, type HistogramPair, type MatrixElement, type QueryAnswer, type QueryValue, type SamplePair, type VectorElement } from './metrics-backend.ts';
import { parsePromql } from './parse.ts';
import type { QueryTrace } from './query-trace.ts';
import { rangeVectorElements } from './range-vector-elements.ts';
import { findStatisticsOnly } from './statistics-only.ts';
import type { StepMatrix } from './step-matrix.ts';

/** How queries are run; the defaults are Prometheus'. */
export interface EngineOptions {
  /** How long a sample counts as the current one. Default 5 minutes. */
  readonly lookbackMs?: number;
  /** Most samples a query may hold at a time. Default 50,000,000. */
  readonly maxSamples?: number;
  /** The resolution of subqueries without a step. Default 1 minute. */
  readonly subqueryStepMs?: number;
  /** Functions and modifiers behind Prometheus' feature flags. Default off. */
  readonly experimental?: boolean;
  /** Keep metric names until the end of the query (feature flag promql-delayed-name-removal). Default off. */
  readonly delayedNameRemoval?: boolean;
  /** Look at when counters began to count (feature flag use-start-timestamps). Default off. */
  readonly startTimestamps?: boolean;
  /** Tell counters by the label `__type__` rather than by their name (feature flag type-and-unit-labels). Default off. */
  readonly typeAndUnitLabels?: boolean;
}
export interface RunOptions extends EngineOptions {
  /** Called often; throws to stop the query. */
  readonly checkpoint?: () => void;
  /** Is told what each part of the query gave. */
  readonly trace?: QueryTrace;
  /** Is told how many samples an answered query looked at, and how many it held at most. */
  readonly onSamples?: (samples: { readonly touched: number; readonly peak: number }) => void;
  /** Most annotations of each level to tell. Default 10. */
  readonly maxAnnotations?: number;
}

/** The steps of a query in Unix ms; an instant query has `step` 0 and `end` = `start`. */
export interface QueryTimes {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** Runs a query at one point in time (Unix ms). Throws QueryError. */
export function runInstantQuery(querier: Querier, text: string, time: number, options: RunOptions = {}): QueryAnswer {
  return new QueryRun(querier, text, { start: time, end: time, step: 0 }, options).instant();
}

/** Runs a query at every step from start to end. Throws QueryError. */
export function runRangeQuery(querier: Querier, text: string, times: QueryTimes, options: RunOptions = {}): QueryAnswer {
  return new QueryRun(querier, text, times, options).range();
}

class QueryRun {
  readonly #text: string;
  readonly #expr: Expr;
  readonly #scope: QueryScope;
  readonly #maxAnnotations: number | undefined;
  readonly #onSamples: RunOptions['onSamples'];

  constructor(querier: Querier, text: string, times: QueryTimes, options: RunOptions) {
    const parsed = parsePromql(text, { experimental: options.experimental ?? false });
    if (!parsed.ok) throw new QueryError('bad_data', parsed.error.message);
    this.#text = text;
    this.#expr = unwrapParens(parsed.expr);
    this.#maxAnnotations = options.maxAnnotations;
    this.#onSamples = options.onSamples;
    this.#scope = {
      querier,
      ...times,
      lookback: options.lookbackMs ?? 300_000,
      defaultSubqueryStep: options.subqueryStepMs ?? 60_000,
      delayedNameRemoval: options.delayedNameRemoval ?? false,
      startTimestamps: options.startTimestamps ?? false,
      typeAndUnitLabels: options.typeAndUnitLabels ?? false,
      statisticsOnly: findStatisticsOnly(parsed.expr),
      selections: new Map(),
      trace: options.trace,
      annotations: new Annotations(),
      budget: new SampleBudget(options.maxSamples ?? 50_000_000),
      checkpoint: options.checkpoint ?? (() => undefined),
    };
    this.#checkDurations(parsed.expr);
  }

  instant(): QueryAnswer {
    const context: EvalContext = { scope: this.#scope, start: this.#scope.start, interval: 1, steps: 1 };
    const time = this.#scope.start / 1000;
    if (this.#expr.kind === 'string') return this.#answer({ resultType: 'string', result: [time, this.#expr.value] });
    if (this.#expr.kind === 'matrix-selector' || this.#expr.kind === 'subquery') return this.#answer(this.#rangeVector(this.#expr, context));
    const matrix = settleNames(evaluate(this.#expr, context), this.#scope, true);
    if (typeOf(this.#expr) === 'scalar') return this.#answer({ resultType: 'scalar', result: [time, matrix.get(0, 0)] });
    const result: VectorElement[] = [];
    for (let row = 0; row < matrix.rows; row++) {
      if (!matrix.has(row, 0)) continue;
      const histogram = matrix.histogramAt(row, 0);
      const metric = matrix.labels[row] ?? {};
      result.push(histogram === undefined ? { metric, value: [time, matrix.get(row, 0)] } : { metric, value: [time, NaN], histogram });
    }
    return this.#answer({ resultType: 'vector', result });
  }

  range(): QueryAnswer {
    const { start, end, step } = this.#scope;
    const type = typeOf(this.#expr);
    if (type !== 'vector' && type !== 'scalar') {
      throw new QueryError('bad_data', `invalid expression type "${type === 'matrix' ? 'range vector' : type}" for range query, must be Scalar or instant Vector`);
    }
    if (end < start) return this.#answer({ resultType: 'matrix', result: [] });
    const context: EvalContext = { scope: this.#scope, start, interval: step, steps: Math.floor((end - start) / step) + 1 };
    const matrix = settleNames(evaluate(this.#expr, context), this.#scope, true);
    return this.#answer({ resultType: 'matrix', result: sortSeries(toSeries(matrix, context)) });
  }

  #rangeVector(expr: Extract<Expr, { kind: 'matrix-selector' | 'subquery' }>, context: EvalContext): QueryValue {
    const result: MatrixElement[] = rangeVectorElements(expr, context).map(({ metric, dropName, ...samples }) => ({ ...samples, metric: dropName ? withoutMetadata(metric) : metric }));
    sortSeries(result);
    if (result.some((one, i) => i > 0 && keyOfLabels(one.metric) === keyOfLabels(result[i - 1]?.metric ?? {}))) throw executionError(SAME_LABELSET);
    return { resultType: 'matrix', result };
  }

  /** Computed durations are part of the query's text: a bad one is the caller's mistake, whatever the data. */
  #checkDurations(root: Expr): void {
    walkExpr(root, (node) => {
      if (node.kind === 'vector-selector') resolveDuration(node.offset, this.#scope, true);
      else if (node.kind === 'matrix-selector') resolveDuration(node.range, this.#scope, false);
      else if (node.kind === 'subquery') {
        resolveDuration(node.range, this.#scope, false);
        resolveDuration(node.offset, this.#scope, true);
        if (node.step !== undefined) resolveDuration(node.step, this.#scope, false);
      }
    });
  }

  #answer(value: QueryValue): QueryAnswer {
    const { annotations, budget } = this.#scope;
    this.#onSamples?.({ touched: budget.touched, peak: budget.peak });
    return { value, warnings: annotations.render('warning', this.#text, this.#maxAnnotations), infos: annotations.render('info', this.#text, this.#maxAnnotations) };
  }
}

function toSeries(matrix: StepMatrix, context: EvalContext): MatrixElement[] {
  const out: MatrixElement[] = [];
  for (let row = 0; row < matrix.rows; row++) {
    const values: SamplePair[] = [];
    const histograms: HistogramPair[] = [];
    for (let step = 0; step < matrix.steps; step++) {
      if (!matrix.has(row, step)) continue;
      const time = stepTime(context, step) / 1000;
      const histogram = matrix.histogramAt(row, step);
      if (histogram === undefined) values.push([time, matrix.get(row, step)]);
      else histograms.push([time, histogram]);
    }
    if (values.length === 0 && histograms.length === 0) continue;
    const metric = matrix.labels[row] ?? {};
    out.push(histograms.length === 0 ? { metric, values } : { metric, values, histograms });
  }
  return out;
}

/** By labels, as labels.Compare orders them. */
function sortSeries<T extends { readonly metric: Labels }>(series: T[]): T[] {
  return series.sort((a, b) => {
    const [left, right] = [keyOfLabels(a.metric), keyOfLabels(b.metric)];
    return left < right ? -1 : left > right ? 1 : 0;
  });
}
