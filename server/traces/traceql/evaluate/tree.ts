import type { Segment } from '#server/traces/segment/segment.ts';

/** The rows of a segment as trees, numbered so that a subtree is one run of numbers. */
export interface SpanTree {
  /** Rows in order of their numbers: parents before children, a trace in one run. */
  readonly order: Int32Array;
  /** Number of each row. */
  readonly enter: Int32Array;
  /** The highest number in the subtree of each row. */
  readonly last: Int32Array;
  /** Of the row; 0 for roots. */
  readonly depth: Int32Array;
  /** Row of the parent, -1 at roots: of a ring of parents one row is taken as its root. */
  readonly parent: Int32Array;
}

/** Numbers the spans of every trace depth first, in time and memory proportional to their number, without recursion. */
export function spanTree(segment: Pick<Segment, 'spanCount' | 'firstRow' | 'parentRow'>): SpanTree {
  const { spanCount: count, firstRow, parentRow } = segment;
  const parent = Int32Array.from(parentRow, (p, row) => (p < 0 || p === row ? -1 : p));
  const firstChild = new Int32Array(count).fill(-1);
  const nextSibling = new Int32Array(count).fill(-1);
  for (let row = 0; row < count; row++) {
    const p = parent[row] ?? -1;
    if (p < 0) continue;
    nextSibling[row] = firstChild[p] ?? -1;
    firstChild[p] = row;
  }
  const order = new Int32Array(count);
  const enter = new Int32Array(count).fill(-1);
  const depth = new Int32Array(count);
  const stack = new Int32Array(count);
  let next = 0;
  const visit = (root: number): void => {
    let height = 0;
    stack[height++] = root;
    while (height > 0) {
      const row = stack[--height] ?? 0;
      order[next] = row;
      enter[row] = next++;
      depth[row] = row === root ? 0 : (depth[parent[row] ?? 0] ?? 0) + 1;
      // The list of children is backwards, and so is a stack.
      for (let child = firstChild[row] ?? -1; child >= 0; child = nextSibling[child] ?? -1) if (child !== root) stack[height++] = child;
    }
  };
  for (let trace = 0; trace + 1 < firstRow.length; trace++) {
    const from = firstRow[trace] ?? 0;
    const to = firstRow[trace + 1] ?? 0;
    const before = next;
    for (let row = from; row < to; row++) if ((parent[row] ?? -1) < 0) visit(row);
    // What is left hangs on a ring.
    for (let row = from; row < to && next - before < to - from; row++) {
      if ((enter[row] ?? -1) >= 0) continue;
      const root = rowOnRing(row, parent);
      visit(root);
      parent[root] = -1;
    }
  }
  const last = Int32Array.from(enter);
  for (let i = count - 1; i >= 0; i--) {
    const row = order[i] ?? 0;
    const p = parent[row] ?? -1;
    if (p >= 0) last[p] = Math.max(last[p] ?? 0, last[row] ?? 0);
  }
  return { order, enter, last, depth, parent };
}

/** Do parents lead back to where one came from? Where every parent stands before its child, which is nearly always, that is seen at once. */
export function goesInRings(parentRow: Int32Array): boolean {
  const { length } = parentRow;
  let row = 0;
  while (row < length && (parentRow[row] ?? -1) <= row) row += 1;
  if (row === length) return false;
  // By which walk upwards a row was passed first.
  const passedBy = new Int32Array(length).fill(-1);
  for (let from = row; from < length; from++) {
    let at = from;
    while (at >= 0 && passedBy[at] === -1) {
      passedBy[at] = from;
      const above = parentRow[at] ?? -1;
      at = above === at ? -1 : above;
    }
    if (at >= 0 && passedBy[at] === from) return true;
  }
  return false;
}

/** Goes up from a row that has no root above it until it meets the ring (Floyd's two runners). */
function rowOnRing(row: number, parent: Int32Array): number {
  const up = (r: number): number => parent[r] ?? r;
  let slow = up(row);
  let fast = up(up(row));
  while (slow !== fast) {
    slow = up(slow);
    fast = up(up(fast));
  }
  return slow;
}

/** How many spans name each span as their parent. */
export function childCounts(parentRow: Int32Array): Float64Array {
  const counts = new Float64Array(parentRow.length);
  for (let row = 0; row < parentRow.length; row++) {
    const p = parentRow[row] ?? -1;
    if (p >= 0 && p !== row) counts[p] = (counts[p] ?? 0) + 1;
  }
  return counts;
}

/**
 * The numbers of a nested set model as Tempo gives them: from 1 on in each trace, a span's left below and its right above
 * those of all its descendants; parent -1 at roots; all 0 for spans that are not connected to a root.
 */
export function nestedSets(segment: Segment, tree: SpanTree): { readonly left: Float64Array; readonly right: Float64Array; readonly parent: Float64Array } {
  const { spanCount: count, parentRow, firstRow } = segment;
  const left = new Float64Array(count);
  const right = new Float64Array(count);
  const parent = new Float64Array(count);
  for (let trace = 0; trace + 1 < firstRow.length; trace++) {
    let numbered = 0;
    for (let i = firstRow[trace] ?? 0; i < (firstRow[trace + 1] ?? 0); i++) {
      const row = tree.order[i] ?? 0;
      const above = tree.parent[row] ?? -1;
      const connected = above < 0 ? parentRow[row] === -1 : (left[above] ?? 0) > 0;
      if (!connected) continue;
      left[row] = 2 * numbered - (tree.depth[row] ?? 0) + 1;
      right[row] = (left[row] ?? 0) + 2 * ((tree.last[row] ?? 0) - (tree.enter[row] ?? 0)) + 1;
      parent[row] = above < 0 ? -1 : (left[above] ?? 0);
      numbered += 1;
    }
  }
  return { left, right, parent };
}
