import { Head } from '#server/timeseries/head.ts';
import { labelsKey, labelValue, METRIC_NAME } from '#server/timeseries/labels.ts';
import { runInstantQuery, runRangeQuery, type EngineOptions } from '../engine.ts';
import { QueryError, type QueryAnswer } from '../metrics-backend.ts';
import { parsePromql } from '../parse.ts';
import { formatExpr } from '../format-expr.ts';
import { compareAnnotations, compareAnswer, fits } from './compare-answer.ts';
import { pinSelectors } from './pin-selectors.ts';
import { parseScript, type EvalCommand, type LoadCommand } from './script.ts';

/** The outcome of one eval. A failure that needs a feature the engine lacks names it in `missing`. */
export interface EvalOutcome {
  readonly line: number;
  readonly expr: string;
  readonly failure: string | undefined;
  readonly missing: string | undefined;
}

/** What Prometheus' own test engine uses (promqltest.NewTestEngine). */
const TEST_ENGINE: EngineOptions = { experimental: true, delayedNameRemoval: true, subqueryStepMs: 60_000 };
const QUERY_CONTEXT = /(start|end|range|step)\(\)/;

/**
 * Runs a test script of Prometheus against the engine over an in-memory head. Each instant eval is also run pinned with
 * `@` at other times, and as the middle step of a range query, as promqltest does. Throws for a script it cannot read.
 */
export function runScript(text: string, options: EngineOptions = TEST_ENGINE): EvalOutcome[] {
  let data = new LoadedData();
  const outcomes: EvalOutcome[] = [];
  for (const command of parseScript(text)) {
    if (command.kind === 'clear') data = new LoadedData();
    else if (command.kind === 'load') data.load(command);
    else {
      const failure = runEval(command, data.head, options);
      outcomes.push({ line: command.line, expr: command.expr, failure, missing: failure === undefined ? undefined : data.missingFeature(command) });
    }
  }
  return outcomes;
}

class LoadedData {
  readonly head = new Head();
  readonly #histograms = new Set<string>();
  #startTimes = false;

  load({ series, step, withNativeHistograms, startTimes }: LoadCommand): void {
    if (startTimes) this.#startTimes = true;
    // A series that one load names twice has the points of its last line.
    const last = new Map(series.map((one) => [labelsKey(one.labels), one]));
    for (const { labels, points } of last.values()) {
      const name = labelValue(labels, METRIC_NAME);
      if (withNativeHistograms && /_(bucket|sum|count)$/.test(name)) this.#histograms.add(name.replace(/_(bucket|sum|count)$/, ''));
      points.forEach((point, i) => {
        if (point.kind === 'float') this.head.append(labels, i * step, point.value);
        else if (point.kind === 'histogram') this.#histograms.add(name);
      });
    }
  }

  /** Why an eval could not pass, when that is known to be out of the engine's reach. */
  missingFeature(command: EvalCommand): string | undefined {
    if (command.expected.some((one) => one.points.some((point) => point.kind === 'histogram'))) return 'native histograms';
    if (/\binfo\(/.test(command.expr)) return 'info()';
    if (/\b(max_of|min_of)\(/.test(command.expr)) return 'max_of and min_of outside durations';
    if (this.#startTimes || /start_timestamp\(/.test(command.expr)) return 'start timestamps';
    if ([...this.#histograms].some((name) => command.expr.includes(name)) || (this.#histograms.size > 0 && /\{/.test(command.expr))) return 'native histograms';
    return undefined;
  }
}

function runEval(command: EvalCommand, head: Head, options: EngineOptions): string | undefined {
  if (!command.instant) {
    return check(command, command.expr, () => runRangeQuery(head, command.expr, command, options));
  }
  for (const { expr, time } of [{ expr: command.expr, time: command.start }, ...pinned(command)]) {
    const failure = runInstant(command, expr, time, head, options);
    if (failure !== undefined) return expr === command.expr ? failure : `${expr} at ${time} ms: ${failure}`;
  }
  return undefined;
}

function runInstant(command: EvalCommand, expr: string, time: number, head: Head, options: EngineOptions): string | undefined {
  let answer: QueryAnswer | undefined;
  const failure = check(command, expr, () => (answer = runInstantQuery(head, expr, time, options)));
  if (failure !== undefined || answer === undefined) return failure;
  const { resultType } = answer.value;
  if (resultType === 'matrix' || resultType === 'string' || QUERY_CONTEXT.test(expr)) return undefined;
  if (command.expectations.some((one) => one.type === 'ordered')) return undefined;
  const minute = 60_000;
  const ranged = attempt(() => runRangeQuery(head, expr, { start: time - minute, end: time + minute, step: minute }, options));
  if (ranged instanceof QueryError) return `as a range query: ${ranged.message}`;
  const middle = stepOf(ranged, time / 1000, resultType);
  const difference = compareAnswer(command, middle);
  return difference === undefined ? undefined : `as a range query: ${difference}`;
}

/** Runs a query and compares error, annotations and result with the expectations. */
function check(command: EvalCommand, expr: string, run: () => QueryAnswer): string | undefined {
  const answer = attempt(run);
  const fail = command.expectations.filter((one) => one.type === 'fail');
  if (answer instanceof QueryError) {
    if (fail.length === 0) return `error: ${answer.message}`;
    const wrong = fail.find((one) => !fits(one, answer.message));
    return wrong === undefined ? undefined : `expected the error ${wrong.message ?? String(wrong.pattern)}, got ${answer.message}`;
  }
  if (fail.length > 0) return `expected an error for ${expr}`;
  return compareAnnotations(command.expectations, answer) ?? compareAnswer(command, answer);
}

function attempt(run: () => QueryAnswer): QueryAnswer | QueryError {
  try {
    return run();
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
}

function pinned(command: EvalCommand): { expr: string; time: number }[] {
  const parsed = parsePromql(command.expr, { experimental: true });
  const expr = parsed.ok ? pinSelectors(parsed.expr, command.start) : undefined;
  if (expr === undefined) return [];
  const t = command.start;
  const times = t === 0 ? [-1000, 0, 1000] : [-10 * t, 0, Math.trunc(t / 5), t, 10 * t];
  return times.map((time) => ({ expr: formatExpr(expr), time }));
}

function stepOf(answer: QueryAnswer, time: number, resultType: 'vector' | 'scalar'): QueryAnswer {
  if (answer.value.resultType !== 'matrix') return answer;
  const vector = answer.value.result.flatMap(({ metric, values }) => {
    const value = values.find(([at]) => at === time);
    return value === undefined ? [] : [{ metric, value }];
  });
  const [first] = vector;
  if (resultType === 'scalar' && first !== undefined) return { ...answer, value: { resultType, result: first.value } };
  return { ...answer, value: { resultType: 'vector', result: vector } };
}
