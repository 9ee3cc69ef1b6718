import type { Expr } from './ast.ts';
import type { StepMatrix } from './step-matrix.ts';

/** Is told when the evaluation of a part begins and what it gave. Only there when a query is to be explained. */
export interface QueryTrace {
  enter(expr: Expr): void;
  leave(result: StepMatrix): void;
}
