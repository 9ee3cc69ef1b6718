import type { TraceColumns } from '#server/traces/view/trace-columns.ts';

type Tree = Pick<TraceColumns, 'count' | 'parent' | 'depth' | 'descendants'>;

/** Collapsed rows such that spans down to a depth are shown: 0 shows roots only. */
export function collapseToDepth({ count, depth, descendants }: Tree, shownDepth: number): Uint8Array {
  const collapsed = new Uint8Array(count);
  for (let row = 0; row < count; row++) if ((descendants[row] ?? 0) > 0 && (depth[row] ?? 0) >= shownDepth) collapsed[row] = 1;
  return collapsed;
}

/** Collapsed rows such that the targets are shown and no more than needed: everything without a target below it is closed. */
export function collapseToTargets(tree: Tree, targets: Iterable<number>): Uint8Array {
  const leads = withAncestors(tree, targets, false);
  const collapsed = new Uint8Array(tree.count);
  for (let row = 0; row < tree.count; row++) if ((tree.descendants[row] ?? 0) > 0 && leads[row] === 0) collapsed[row] = 1;
  return collapsed;
}

/** 1 for each row above a target, and for the targets themselves when `inclusive`. O(rows), each chain walked once. */
export function withAncestors({ count, parent }: Tree, targets: Iterable<number>, inclusive: boolean): Uint8Array {
  const marked = new Uint8Array(count);
  for (const target of targets) for (let row = parent[target] ?? -1; row >= 0 && marked[row] === 0; row = parent[row] ?? -1) marked[row] = 1;
  if (inclusive) for (const target of targets) marked[target] = 1;
  return marked;
}

/** 1 for each target, all above it, and all below it. */
export function withRelatives(tree: Tree, targets: Iterable<number>): Uint8Array {
  const marked = withAncestors(tree, targets, true);
  // A row below a target is kept: walked from the front, so a parent is known before its children.
  const below = new Uint8Array(tree.count);
  for (const target of targets) below[target] = 1;
  for (let row = 0; row < tree.count; row++) {
    const above = tree.parent[row] ?? -1;
    if (above >= 0 && below[above] === 1) below[row] = 1;
    if (below[row] === 1) marked[row] = 1;
  }
  return marked;
}

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
