import { childRows } from '#server/traces/core/child-rows.ts';

/**
 * Nanoseconds each row spent on its own: its duration less the union of its children's intervals, clipped to it (what
 * Jaeger UI's compute-span-self-time computes). Rows come after their parents. Where the children of each are by start,
 * one pass over all rows sweeps the children of every one; others are sorted first.
 */
export function selfTimes(parent: Int32Array, start: Float64Array, duration: Float64Array): Float64Array {
  const self = duration.slice();
  const coveredTo = start.slice();
  const lastStart = new Float64Array(parent.length).fill(Number.NEGATIVE_INFINITY);
  const cover = (row: number, above: number): void => {
    const from = Math.max(start[row] ?? 0, coveredTo[above] ?? 0);
    const to = Math.min((start[row] ?? 0) + (duration[row] ?? 0), (start[above] ?? 0) + (duration[above] ?? 0));
    if (to <= from) return;
    self[above] = (self[above] ?? 0) - (to - from);
    coveredTo[above] = to;
  };
  const unsorted = new Set<number>();
  for (let row = 0; row < parent.length; row++) {
    const above = parent[row] ?? -1;
    if (above < 0) continue;
    if ((start[row] ?? 0) < (lastStart[above] ?? 0)) unsorted.add(above);
    lastStart[above] = start[row] ?? 0;
    cover(row, above);
  }
  if (unsorted.size === 0) return self;
  const { first, child } = childRows(parent);
  for (const above of unsorted) {
    self[above] = duration[above] ?? 0;
    coveredTo[above] = start[above] ?? 0;
    for (const row of child.slice(first[above] ?? 0, first[above + 1] ?? 0).sort((a, b) => (start[a] ?? 0) - (start[b] ?? 0))) cover(row, above);
  }
  return self;
}
