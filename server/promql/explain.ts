import type { Querier } from '#server/timeseries/storage.ts';
import type { Expr } from './ast.ts';
import { runInstantQuery, runRangeQuery, type QueryTimes, type RunOptions } from './engine.ts';
import { formatExpr } from './format-expr.ts';
import type { ExplainedPart } from './metrics-backend.ts';
import type { QueryTrace } from './query-trace.ts';

export interface ExplainOptions extends RunOptions {
  /** A clock in milliseconds, fine enough to time parts of a query. */
  readonly now: () => number;
}

/**
 * Runs a query (an instant one when `times.step` is 0; Unix ms) and tells what each part of it gave and how long it took,
 * in the order of the query's tree. Literals and parentheses are no parts. Throws QueryError as running the query does.
 */
export function runExplain(querier: Querier, text: string, times: QueryTimes, { now, ...options }: ExplainOptions): ExplainedPart[] {
  const recorder = new Recorder(now);
  if (times.step === 0) runInstantQuery(querier, text, times.start, { ...options, trace: recorder });
  else runRangeQuery(querier, text, times, { ...options, trace: recorder });
  return recorder.parts();
}

interface Entered {
  readonly expr: Expr;
  /** Index of the part it is recorded as; -1 when it is none by itself. */
  readonly part: number;
  readonly started: number;
}

class Recorder implements QueryTrace {
  readonly #now: () => number;
  readonly #parts: ExplainedPart[] = [];
  readonly #open: Entered[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  enter(expr: Expr): void {
    // What is the same at every step is evaluated within itself, once.
    const isPart = expr.kind !== 'number' && expr.kind !== 'string' && expr.kind !== 'paren' && this.#open.at(-1)?.expr !== expr;
    const parent = this.#open.findLast(({ part }) => part >= 0)?.part ?? -1;
    if (isPart) this.#parts.push({ parent, text: formatExpr(expr), span: expr.span, kind: expr.kind, series: 0, samples: 0, milliseconds: 0 });
    this.#open.push({ expr, part: isPart ? this.#parts.length - 1 : -1, started: this.#now() });
  }

  leave(series: number, samples: number): void {
    const done = this.#open.pop();
    const part = done === undefined ? undefined : this.#parts[done.part];
    if (done !== undefined && part !== undefined) this.#parts[done.part] = { ...part, series, samples, milliseconds: this.#now() - done.started };
  }

  parts(): ExplainedPart[] {
    return this.#parts;
  }
}
