import type { TraceColumns } from '#server/traces/view/trace-columns.ts';

/** From the first start to the last end, nanoseconds from the trace's start. */
export interface Extent {
  readonly from: number;
  readonly to: number;
}

/** When the spans in these rows were running, all together; `undefined` for none. */
export function extentOfRows({ start, duration }: Pick<TraceColumns, 'start' | 'duration'>, rows: readonly number[]): Extent | undefined {
  let extent: Extent | undefined;
  for (const row of rows) {
    const from = start[row];
    if (from === undefined) continue;
    const to = from + (duration[row] ?? 0);
    extent = extent === undefined ? { from, to } : { from: Math.min(extent.from, from), to: Math.max(extent.to, to) };
  }
  return extent;
}
