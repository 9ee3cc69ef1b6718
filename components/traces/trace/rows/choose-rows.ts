import type { TraceColumns } from '#server/traces/view/trace-columns.ts';

type Tree = Pick<TraceColumns, 'count' | 'parent' | 'depth' | 'descendants'>;

/** Deepest depth at which something is still shown below: what one more "collapse a level" takes away. */
export function deepestOpen({ count, depth, descendants }: Tree, collapsed: Uint8Array): number {
  let deepest = -1;
  for (let row = 0; row < count; ) {
    const open = (descendants[row] ?? 0) > 0 && collapsed[row] === 0;
    if (open) deepest = Math.max(deepest, depth[row] ?? 0);
    row += open ? 1 : (descendants[row] ?? 0) + 1;
  }
  return deepest;
}

/** Least depth at which something is closed, or −1: what one more "expand a level" opens. */
export function shallowestClosed({ count, depth, descendants }: Tree, collapsed: Uint8Array): number {
  let least = -1;
  for (let row = 0; row < count; ) {
    const closed = collapsed[row] === 1 && (descendants[row] ?? 0) > 0;
    if (closed && (least === -1 || (depth[row] ?? 0) < least)) least = depth[row] ?? 0;
    row += closed ? (descendants[row] ?? 0) + 1 : 1;
  }
  return least;
}

/** The next of ascending rows after `current`, wrapping; `step` −1 goes back. O(log n). */
export function nextRow(rows: ArrayLike<number>, current: number | undefined, step: 1 | -1): number | undefined {
  if (rows.length === 0) return undefined;
  if (current === undefined || current < 0) return step === 1 ? rows[0] : rows[rows.length - 1];
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle] ?? 0) < current + (step === 1 ? 1 : 0)) low = middle + 1;
    else high = middle;
  }
  return step === 1 ? (rows[low] ?? rows[0]) : (rows[low - 1] ?? rows[rows.length - 1]);
}

/** Carries marks of rows over to a trace that has grown: a row keeps its mark by its span id. */
export function carryMarks(before: Pick<TraceColumns, 'count' | 'spanIds'>, after: Pick<TraceColumns, 'count' | 'spanIds'>, marks: Uint8Array): Uint8Array {
  const carried = new Uint8Array(after.count);
  const ids = new Set<bigint>();
  const view = idsOf(before);
  for (let row = 0; row < before.count; row++) if (marks[row] === 1) ids.add(view.getBigUint64(row * 8));
  if (ids.size === 0) return carried;
  const next = idsOf(after);
  for (let row = 0; row < after.count; row++) if (ids.has(next.getBigUint64(row * 8))) carried[row] = 1;
  return carried;
}

/** 1 for each row of `after` whose span id is not in `before`. */
export function newRows(before: Pick<TraceColumns, 'count' | 'spanIds'>, after: Pick<TraceColumns, 'count' | 'spanIds'>): Uint8Array {
  const ids = new Set<bigint>();
  const view = idsOf(before);
  for (let row = 0; row < before.count; row++) ids.add(view.getBigUint64(row * 8));
  const next = idsOf(after);
  return Uint8Array.from({ length: after.count }, (_, row) => (ids.has(next.getBigUint64(row * 8)) ? 0 : 1));
}

function idsOf({ spanIds }: Pick<TraceColumns, 'spanIds'>): DataView {
  return new DataView(spanIds.buffer, spanIds.byteOffset, spanIds.byteLength);
}
