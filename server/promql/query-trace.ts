import type { Expr } from './ast.ts';

/** Is told when the evaluation of a part begins and what it gave. Only there when a query is to be explained. */
export interface QueryTrace {
  enter(expr: Expr): void;
  /** The part entered last is done; it gave that many series and samples over all steps. */
  leave(series: number, samples: number): void;
}
