import { SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import type { TraceColumns } from '#server/traces/view/trace-columns.ts';

/** One byte for each row of a trace: 1 for those that are meant. All functions here are linear. */
export type RowMask = Uint8Array;

const ERROR = SPAN_STATUSES.indexOf('error');

/** The rows named; those beyond the trace are passed over. */
export function maskOf(rows: Iterable<number>, count: number): RowMask {
  const mask = new Uint8Array(count);
  for (const row of rows) if (row < count) mask[row] = 1;
  return mask;
}

/** Rows whose status is error. */
export function errorMask({ status }: Pick<TraceColumns, 'status'>): RowMask {
  return Uint8Array.from(status, (s) => (s === ERROR ? 1 : 0));
}

/** Rows to collapse so that every one with children at `level` or deeper is; 0 collapses all. */
export function collapseFromLevel({ depth, descendants }: Pick<TraceColumns, 'depth' | 'descendants'>, level: number): RowMask {
  return Uint8Array.from(depth, (d, row) => (d >= level && (descendants[row] ?? 0) > 0 ? 1 : 0));
}

/** Rows to collapse so that every row of `mask` is seen and little else: those with children none of which leads to it. */
export function collapseToPaths({ parent, descendants }: Pick<TraceColumns, 'parent' | 'descendants'>, mask: RowMask): RowMask {
  const leads = new Uint8Array(parent.length);
  for (let row = parent.length - 1; row >= 0; row--) {
    const above = parent[row] ?? -1;
    if (above >= 0 && (mask[row] === 1 || leads[row] === 1)) leads[above] = 1;
  }
  return Uint8Array.from(descendants, (below, row) => (below > 0 && leads[row] === 0 ? 1 : 0));
}
