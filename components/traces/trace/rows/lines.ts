import { lineFor, type VisibleRows } from '#server/traces/core/visible-rows.ts';
import type { TraceColumns } from '#server/traces/view/trace-columns.ts';

/** What a line shows, as one number that stays the same while lines move: a row of the trace, or for a fold `-1 - fold`. */
export function itemAt(rows: VisibleRows, line: number): number | undefined {
  if (line < 0 || line >= rows.count) return undefined;
  const fold = rows.fold[line] ?? -1;
  return fold >= 0 ? -1 - fold : rows.row[line];
}

/** The fold an item is, or −1 for a row. */
export function foldOfItem(item: number | undefined): number {
  return item === undefined || item >= 0 ? -1 : -1 - item;
}

/** The line that shows an item, or stands for it; −1 for none. */
export function lineOfItem(columns: Pick<TraceColumns, 'parent'>, rows: VisibleRows, item: number | undefined): number {
  if (item === undefined) return -1;
  return item >= 0 ? lineFor(rows, columns.parent, item) : rows.fold.indexOf(-1 - item);
}
