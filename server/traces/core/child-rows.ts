/** The children of every row, one list after another: those of `row` are `child[first[row]] … child[first[row + 1]]`. */
export interface ChildRows {
  /** One entry more than there are rows. */
  readonly first: Uint32Array;
  /** By row, which is by start. */
  readonly child: Uint32Array;
}

/** The children of rows that come after their parents; roots have a negative parent. Linear. */
export function childRows(parent: Int32Array): ChildRows {
  const count = parent.length;
  const first = new Uint32Array(count + 1);
  for (const above of parent) if (above >= 0) first[above + 1] = (first[above + 1] ?? 0) + 1;
  for (let row = 0; row < count; row++) first[row + 1] = (first[row + 1] ?? 0) + (first[row] ?? 0);
  const child = new Uint32Array(first[count] ?? 0);
  const next = first.slice();
  for (let row = 0; row < count; row++) {
    const above = parent[row] ?? -1;
    if (above < 0) continue;
    const at = next[above] ?? 0;
    child[at] = row;
    next[above] = at + 1;
  }
  return { first, child };
}

/** 2 for each row of `mask`, 1 for the rows above them, 0 for the others. Rows come after their parents. Linear. */
export function withAncestors(parent: Int32Array, mask: Uint8Array): Uint8Array {
  const out = new Uint8Array(parent.length);
  for (let row = parent.length - 1; row >= 0; row--) {
    if (mask[row] === 1) out[row] = 2;
    const above = parent[row] ?? -1;
    if (out[row] !== 0 && above >= 0 && out[above] === 0) out[above] = 1;
  }
  return out;
}

/** The rows above `row`, the nearest `limit` of them, outermost first. */
export function ancestorsOf(parent: Int32Array, row: number, limit: number): number[] {
  const rows: number[] = [];
  for (let above = parent[row] ?? -1; above >= 0 && rows.length < limit; above = parent[above] ?? -1) rows.push(above);
  return rows.reverse();
}
