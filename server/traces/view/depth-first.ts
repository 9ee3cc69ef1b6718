/** The order of a trace's rows as its page shows them. */
export interface DepthFirst {
  /** For each position the row it shows. */
  readonly order: Uint32Array;
  /** For each position the position of its parent, -1 for a root. */
  readonly parent: Int32Array;
  readonly depth: Uint32Array;
  /** For each position the number of those below. */
  readonly descendants: Uint32Array;
  /** Rows where a circle of parents was cut. */
  readonly cut: readonly number[];
}

/**
 * Puts rows in depth-first order. `parentOf` gives each row's parent, negative for none; rows are in order of start, and
 * so are the children of each. A circle of parents is cut at its earliest row. Linear and without recursion: depth and
 * width are bounded by memory only.
 */
export function depthFirst(parentOf: Int32Array): DepthFirst {
  const count = parentOf.length;
  const up = parentOf.slice();
  const cut = cutCycles(up);
  const firstChild = new Int32Array(count).fill(-1);
  const nextSibling = new Int32Array(count).fill(-1);
  let firstRoot = -1;
  // From the back, so that the lists run forwards.
  for (let row = count - 1; row >= 0; row--) {
    const above = up[row] ?? -1;
    if (above < 0) {
      nextSibling[row] = firstRoot;
      firstRoot = row;
    } else {
      nextSibling[row] = firstChild[above] ?? -1;
      firstChild[above] = row;
    }
  }
  const order = new Uint32Array(count);
  const positionOf = new Int32Array(count);
  const parent = new Int32Array(count);
  const depth = new Uint32Array(count);
  const descendants = new Uint32Array(count);
  let row = firstRoot;
  for (let position = 0; row >= 0; position++) {
    const above = up[row] ?? -1;
    const parentPosition = above < 0 ? -1 : (positionOf[above] ?? -1);
    order[position] = row;
    positionOf[row] = position;
    parent[position] = parentPosition;
    depth[position] = parentPosition < 0 ? 0 : (depth[parentPosition] ?? 0) + 1;
    let next = firstChild[row] ?? -1;
    for (let from = row; next < 0 && from >= 0; from = up[from] ?? -1) next = nextSibling[from] ?? -1;
    row = next;
  }
  countBelow(parent, descendants);
  return { order, parent, depth, descendants, cut };
}

/** Fills in how many rows are below each, of rows that come after their parents. */
export function countBelow(parent: Int32Array, descendants: Uint32Array): void {
  for (let i = parent.length - 1; i >= 0; i--) {
    const above = parent[i] ?? -1;
    if (above >= 0) descendants[above] = (descendants[above] ?? 0) + (descendants[i] ?? 0) + 1;
  }
}

/** Makes the earliest row of each circle a root, in `up` itself; gives these rows. */
function cutCycles(up: Int32Array): number[] {
  const cut: number[] = [];
  /** 0: not looked at, else the number of the walk that came by, + 1. */
  const seenBy = new Uint32Array(up.length);
  for (let from = 0; from < up.length; from++) {
    let row = from;
    while (row >= 0 && seenBy[row] === 0) {
      seenBy[row] = from + 1;
      row = up[row] ?? -1;
    }
    // Only a walk that meets itself has found a circle.
    if (row < 0 || seenBy[row] !== from + 1) continue;
    let earliest = row;
    for (let i = up[row] ?? row; i !== row; i = up[i] ?? row) earliest = Math.min(earliest, i);
    up[earliest] = -1;
    cut.push(earliest);
  }
  return cut;
}
