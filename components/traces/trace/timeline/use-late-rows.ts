import { useState } from 'react';
import type { TraceColumns } from '#server/traces/view/trace-columns.ts';
import { carryMarks, newRows } from '../rows/choose-rows.ts';

/** 1 for spans that came after the page was opened; `undefined` while none did. */
export function useLateRows(columns: TraceColumns): Uint8Array | undefined {
  const [seen, setSeen] = useState<{ readonly columns: TraceColumns; readonly late: Uint8Array | undefined }>({ columns, late: undefined });
  if (seen.columns === columns) return seen.late;
  const before = seen.late === undefined ? undefined : carryMarks(seen.columns, columns, seen.late);
  const late = seen.columns.traceId === columns.traceId ? newRows(seen.columns, columns).map((isNew, row) => (isNew === 1 || before?.[row] === 1 ? 1 : 0)) : undefined;
  setSeen({ columns, late });
  return late;
}
