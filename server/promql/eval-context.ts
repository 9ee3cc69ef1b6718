import { labelValue } from '#server/timeseries/labels.ts';
import type { Querier, SeriesSamples } from '#server/timeseries/storage.ts';
import type { Annotations } from './annotations.ts';
import type { AtModifier, DurationExpr, VectorSelector } from './ast.ts';
import { METADATA_LABELS, withoutMetadata } from './derived-labels.ts';
import { MAX_DURATION_SECONDS } from './durations.ts';
import { QueryError } from './metrics-backend.ts';
import type { QueryTrace } from './query-trace.ts';
import type { StepMatrix } from './step-matrix.ts';

/** What stays the same through one query. Times and durations are milliseconds. */
export interface QueryScope {
  readonly querier: Querier;
  readonly start: number;
  readonly end: number;
  /** 0 for an instant query. */
  readonly step: number;
  readonly lookback: number;
  /** The resolution of subqueries that name none. */
  readonly defaultSubqueryStep: number;
  readonly delayedNameRemoval: boolean;
  readonly startTimestamps: boolean;
  readonly typeAndUnitLabels: boolean;
  /** Selectors of whose histograms only count and sum are used. */
  readonly statisticsOnly: ReadonlySet<VectorSelector>;
  /** What was selected so far, by matchers and range. */
  readonly selections: Map<string, readonly SeriesSamples[]>;
  readonly annotations: Annotations;
  readonly budget: SampleBudget;
  /** Is told what each part of the query gave, when it is to be explained. */
  readonly trace: QueryTrace | undefined;
  /** Throws when the query was cancelled or took too long; called once a series. */
  readonly checkpoint: () => void;
}

/** The steps at which a part of the query is evaluated: the query's own, or a subquery's. */
export interface EvalContext {
  readonly scope: QueryScope;
  readonly start: number;
  readonly interval: number;
  readonly steps: number;
}

/** The Unix ms of a step. */
export function stepTime(context: EvalContext, step: number): number {
  return context.start + step * context.interval;
}

/** Counts the samples a query holds and stops it at a limit (Prometheus --query.max-samples). */
export class SampleBudget {
  readonly #limit: number;
  #held = 0;
  #peak = 0;
  #touched = 0;
  constructor(limit: number) {
    this.#limit = limit;
  }
  /** Samples held now: what the parts of the query that are not yet done with gave. */
  get held(): number {
    return this.#held;
  }
  /** The most that were ever held at once. */
  get peak(): number {
    return this.#peak;
  }
  /** How many samples were looked at, those of overlapping windows each time. */
  get touched(): number {
    return this.#touched;
  }
  touch(samples: number): void {
    this.#touched += samples;
  }
  take(samples: number): void {
    this.require(samples);
    this.#held += samples;
  }
  /** Refuses the query when that many more would be too many; they are not held. */
  require(samples: number): void {
    const needed = this.#held + samples;
    if (needed > this.#limit) throw new QueryError('execution', 'query processing would load too many samples into memory in query execution');
    if (needed > this.#peak) this.#peak = needed;
  }
  /** Goes back to what was held before a part was evaluated, plus what it gave. */
  settle(before: number, samples: number): void {
    this.#held = before;
    this.take(samples);
  }
  /** How many rows a matrix may be made for at once: no more than there may be samples. */
  rowsFor(rows: number, steps: number): number {
    return Math.max(1, Math.min(rows, Math.ceil((this.#limit - this.#held) / steps) + 1));
  }
}

const WORK_BETWEEN_CHECKS = 1_000_000;

/** Calls the checkpoint after every million samples or cells, so that cancelling acts within one series too. */
export class WorkMeter {
  readonly #checkpoint: () => void;
  #done = 0;
  constructor(checkpoint: () => void) {
    this.#checkpoint = checkpoint;
  }
  add(work: number): void {
    this.#done += work;
    if (this.#done < WORK_BETWEEN_CHECKS) return;
    this.#done = 0;
    this.#checkpoint();
  }
}

/** A failure of a query that was well formed, in Prometheus' wording. */
export function executionError(message: string): QueryError {
  return new QueryError('execution', message);
}

export const SAME_LABELSET = 'vector cannot contain metrics with the same labelset';

/** Removes the names that operators asked to drop, now or at the end of the query as the options say. */
export function settleNames(matrix: StepMatrix, scope: QueryScope, atEnd: boolean): StepMatrix {
  if (scope.delayedNameRemoval !== atEnd || !matrix.dropName.includes(true)) return matrix;
  if (matrix.distinct && haveSameMetadata(matrix)) {
    matrix.rename(withoutMetadata);
    return matrix;
  }
  const settled = matrix.relabel((row) => {
    const labels = matrix.labels[row] ?? {};
    return { labels: matrix.dropName[row] === true ? withoutMetadata(labels) : labels, dropName: false };
  });
  if (settled === undefined) throw executionError(SAME_LABELSET);
  return settled;
}

/** Whether all rows are to lose the same name (and type and unit): then different series stay different. */
function haveSameMetadata({ labels, dropName }: StepMatrix): boolean {
  const [first = {}] = labels;
  for (const name of METADATA_LABELS) {
    const value = labelValue(first, name);
    for (const one of labels) if (labelValue(one, name) !== value) return false;
  }
  return !dropName.includes(false);
}

/** The Unix ms an `@` modifier stands for. */
export function resolveAt(at: AtModifier | undefined, scope: QueryScope): number | undefined {
  if (at === undefined) return undefined;
  return at.kind === 'time' ? at.ms : scope[at.kind];
}

/** A duration in whole milliseconds. Throws a bad_data error for one that makes no sense. Source: promql/durations.go. */
export function resolveDuration(duration: DurationExpr | undefined, scope: QueryScope, mayBeNegative: boolean): number {
  if (duration === undefined) return 0;
  if (duration.kind === 'number') return Math.round(duration.seconds * 1000);
  const seconds = durationSeconds(duration, scope);
  const { start, end } = duration.span;
  if (!Number.isFinite(seconds)) throw new QueryError('bad_data', `${start}:${end}: duration is NaN or infinite`);
  if (seconds <= 0 && !mayBeNegative) throw new QueryError('bad_data', `${start}:${end}: duration must be greater than 0`);
  if (Math.abs(seconds) > MAX_DURATION_SECONDS) throw new QueryError('bad_data', `${start}:${end}: duration is out of range`);
  return Math.trunc(seconds * 1000);
}

function durationSeconds(duration: DurationExpr, scope: QueryScope): number {
  switch (duration.kind) {
    case 'number':
      return duration.seconds;
    case 'step':
      return scope.step / 1000;
    case 'range':
      return (scope.end - scope.start) / 1000;
    case 'unary':
      return (duration.op === '-' ? -1 : 1) * durationSeconds(duration.operand, scope);
    case 'paren':
      return durationSeconds(duration.operand, scope);
    case 'binary': {
      const left = durationSeconds(duration.left, scope);
      const right = durationSeconds(duration.right, scope);
      const { start, end } = duration.span;
      switch (duration.op) {
        case '+':
          return left + right;
        case '-':
          return left - right;
        case '*':
          return left * right;
        case '/':
          if (right === 0) throw new QueryError('bad_data', `${start}:${end}: division by zero`);
          return left / right;
        case '%':
          if (right === 0) throw new QueryError('bad_data', `${start}:${end}: modulo by zero`);
          return left % right;
        case '^':
          return left ** right;
        case 'min_of':
          return Math.min(left, right);
        case 'max_of':
          return Math.max(left, right);
      }
    }
  }
}
