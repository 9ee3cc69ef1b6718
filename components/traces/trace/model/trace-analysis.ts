import type { PathByRow, SpanTimes } from '../timeline/bar-pieces.ts';
import type { FoldGroup, HopRow } from '../rows/grouped-rows.ts';
import type { TraceModel } from './trace-model.ts';

/** What algorithms say of a trace, in the form its rows take it. Each part is worked out when it is first asked for. */
export interface TraceAnalysis {
  readonly folds: { readonly foldOf: Int32Array; readonly groups: readonly FoldGroup[] };
  /** By the row that stands for the hop. */
  readonly hopOf: ReadonlyMap<number, HopRow>;
  readonly path: PathByRow;
  /** Rows on the critical path, ascending. */
  readonly pathRows: Int32Array;
  /** Times corrected for clocks that differ, and which rows were moved. */
  readonly corrected: { readonly times: SpanTimes; readonly moved: number; readonly warnings: readonly string[] };
}
