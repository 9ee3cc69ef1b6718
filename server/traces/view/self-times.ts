/**
 * Nanoseconds each row spent on its own: its duration less the union of its children's intervals, clipped to it (what
 * Jaeger UI's compute-span-self-time computes). Rows come after their parents and the children of each by start, so one
 * pass over all rows sweeps the children of every one.
 */
export function selfTimes(parent: Int32Array, start: Float64Array, duration: Float64Array): Float64Array {
  const self = duration.slice();
  const coveredTo = start.slice();
  for (let row = 0; row < parent.length; row++) {
    const above = parent[row] ?? -1;
    if (above < 0) continue;
    const from = Math.max(start[row] ?? 0, coveredTo[above] ?? 0);
    const to = Math.min((start[row] ?? 0) + (duration[row] ?? 0), (start[above] ?? 0) + (duration[above] ?? 0));
    if (to <= from) continue;
    self[above] = (self[above] ?? 0) - (to - from);
    coveredTo[above] = to;
  }
  return self;
}
