import { messageOf } from '#server/server-error.ts';
import type { Querier } from '#server/timeseries/storage.ts';
import { runInstantQuery, runRangeQuery, type RunOptions } from '../engine.ts';
import { QueryError, type QueryAnswer, type VectorElement } from '../metrics-backend.ts';
import { parsePromql } from '../parse.ts';
import { formatExpr } from '../format-expr.ts';
import { compareAnnotations, compareAnswer, fits } from './compare-answer.ts';
import { loadInto } from './loaded-data.ts';
import { pinSelectors } from './pin-selectors.ts';
import { ScriptStore } from './script-store.ts';
import { parseScript, type EvalCommand } from './script.ts';

/** The outcome of one eval; `failure` tells why it does not pass. */
export interface EvalOutcome {
  readonly line: number;
  readonly expr: string;
  readonly failure: string | undefined;
}

/** What Prometheus' own test engine uses (promqltest.NewTestEngine). */
const TEST_ENGINE: RunOptions = { experimental: true, delayedNameRemoval: true, startTimestamps: true, subqueryStepMs: 60_000, maxAnnotations: Infinity };
const QUERY_CONTEXT = /(start|end|range|step)\(\)/;

/**
 * Runs a test script of Prometheus against the engine. Each instant eval is also run pinned with `@` at other times, and as
 * the middle step of a range query, as promqltest does. Evals that cannot be read fail; so do those after an unreadable load
 * when they lack its data, and their outcome names it.
 */
export function runScript(text: string, options: RunOptions = TEST_ENGINE): EvalOutcome[] {
  let store = new ScriptStore();
  let badLoads: string[] = [];
  const outcomes: EvalOutcome[] = [];
  for (const command of parseScript(text)) {
    switch (command.kind) {
      case 'clear':
        store = new ScriptStore();
        badLoads = [];
        break;
      case 'load':
        try {
          loadInto(store, command);
        } catch (error) {
          badLoads.push(`the load at line ${command.line} failed: ${messageOf(error)}`);
        }
        break;
      case 'unreadable':
        if (command.command === 'eval') outcomes.push({ line: command.line, expr: command.text, failure: `cannot be read: ${command.problem}` });
        else badLoads.push(`line ${command.line} cannot be read: ${command.problem}`);
        break;
      case 'eval': {
        const failure = runEval(command, store, options);
        outcomes.push({ line: command.line, expr: command.expr, failure: failure === undefined ? undefined : [failure, ...badLoads.slice(-1)].join('; ') });
      }
    }
  }
  return outcomes;
}

function runEval(command: EvalCommand, store: Querier, options: RunOptions): string | undefined {
  try {
    if (!command.instant) return check(command, command.expr, () => runRangeQuery(store, command.expr, command, options));
    for (const { expr, time } of [{ expr: command.expr, time: command.start }, ...pinned(command)]) {
      const failure = runInstant(command, expr, time, store, options);
      if (failure !== undefined) return expr === command.expr ? failure : `${expr} at ${time} ms: ${failure}`;
    }
    return undefined;
  } catch (error) {
    // A fault of the engine is a failure of this eval, not of the run.
    return `fault: ${messageOf(error)}`;
  }
}

function runInstant(command: EvalCommand, expr: string, time: number, store: Querier, options: RunOptions): string | undefined {
  let answer: QueryAnswer | undefined;
  const failure = check(command, expr, () => (answer = runInstantQuery(store, expr, time, options)));
  if (failure !== undefined || answer === undefined) return failure;
  const { resultType } = answer.value;
  if (resultType === 'matrix' || resultType === 'string' || QUERY_CONTEXT.test(expr)) return undefined;
  const minute = 60_000;
  const ranged = attempt(() => runRangeQuery(store, expr, { start: time - minute, end: time + minute, step: minute }, options));
  if (ranged instanceof QueryError) return `as a range query: ${ranged.message}`;
  // Range queries sort by labels, whatever order the query asks for.
  if (command.expectations.some((one) => one.type === 'ordered')) return undefined;
  const difference = compareAnswer(command, stepOf(ranged, time / 1000, resultType));
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
  const vector = answer.value.result.flatMap(({ metric, values, histograms }): VectorElement[] => {
    const value = values.find(([at]) => at === time);
    const histogram = histograms?.find(([at]) => at === time);
    return [
      ...(value === undefined ? [] : [{ metric, value }]),
      ...(histogram === undefined ? [] : [{ metric, value: [time, NaN] as const, histogram: histogram[1] }]),
    ];
  });
  const [first] = vector;
  if (resultType === 'scalar' && first !== undefined) return { ...answer, value: { resultType, result: first.value } };
  return { ...answer, value: { resultType: 'vector', result: vector } };
}
