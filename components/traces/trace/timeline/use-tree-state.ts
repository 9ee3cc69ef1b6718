import { useState } from 'react';
import type { TraceColumns } from '#server/traces/view/trace-columns.ts';
import { carryMarks, newRows } from '../rows/choose-rows.ts';

/** What of the tree is closed and which folds are open, by row. */
export interface TreeState {
  readonly columns: TraceColumns;
  readonly collapsed: Uint8Array;
  /** 1 at the first member of each fold that is open. */
  readonly opened: Uint8Array;
  /** 1 for spans that came after the page was opened; absent while none did. */
  readonly late: Uint8Array | undefined;
}

/** State of the tree over a trace that may grow: rows are renumbered then, and keep their state by span id. */
export function useTreeState(columns: TraceColumns): readonly [TreeState, (next: Partial<Pick<TreeState, 'collapsed' | 'opened'>>) => void] {
  const [state, setState] = useState<TreeState>(() => ({ columns, collapsed: new Uint8Array(columns.count), opened: new Uint8Array(columns.count), late: undefined }));
  let now = state;
  if (state.columns !== columns) {
    const fresh = newRows(state.columns, columns);
    const late = state.late === undefined ? undefined : carryMarks(state.columns, columns, state.late);
    now = {
      columns,
      collapsed: carryMarks(state.columns, columns, state.collapsed),
      opened: carryMarks(state.columns, columns, state.opened),
      late: state.columns.traceId === columns.traceId ? fresh.map((isNew, row) => (isNew === 1 || late?.[row] === 1 ? 1 : 0)) : undefined,
    };
    setState(now);
  }
  return [now, (next) => setState({ ...now, ...next })];
}
