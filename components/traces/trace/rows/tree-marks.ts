import { collapseFromLevel, collapseToPaths, maskOf } from '#server/traces/core/row-masks.ts';
import type { TraceColumns } from '#server/traces/view/trace-columns.ts';
import { rowOfKey, spanKey } from '../model/trace-model.ts';
import type { TreeBase } from './tree-shape.ts';

/** Marks of rows: closed ones, and first rows of folds that are open. */
export interface TreeMarks {
  readonly collapsed: Uint8Array;
  readonly opened: Uint8Array;
}

/** Rows that a tree may be open on the ways to; of matches none while nothing is searched for. */
export interface TreeTargets {
  readonly matches: ArrayLike<number> | undefined;
  readonly errors: ArrayLike<number>;
  readonly path: ArrayLike<number>;
}

type Tree = Pick<TraceColumns, 'count' | 'parent' | 'depth' | 'descendants'>;

/** The marks of a base. Open on the ways to nothing would be all closed: it is as the tree comes. O(rows). */
export function marksOfBase(columns: Tree, base: TreeBase, targets: TreeTargets): TreeMarks {
  const none = (): Uint8Array => new Uint8Array(columns.count);
  if (typeof base === 'number') return { collapsed: collapseFromLevel(columns, base), opened: none() };
  if (base === 'usual') return { collapsed: none(), opened: none() };
  if (base === 'open') return { collapsed: none(), opened: none().fill(1) };
  const rows = targets[base];
  return { collapsed: rows === undefined || rows.length === 0 ? none() : collapseToPaths(columns, maskOf(Array.from(rows), columns.count)), opened: none() };
}

/** 1 where two sets of marks differ: what was changed by hand, and with a base's marks again the marks themselves. */
export function differing(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((mark, row) => mark ^ (b[row] ?? 0));
}

/** Rows that keys name, as marks; keys of spans that are not here are passed over. */
export function marksOfKeys(columns: TraceColumns, keys: readonly string[]): Uint8Array {
  const marks = new Uint8Array(columns.count);
  for (const key of keys) {
    const row = rowOfKey(columns, key);
    if (row !== -1) marks[row] = 1;
  }
  return marks;
}

/** Keys of the marked rows, and no more than `most` + 1 of them: that there are too many is enough to know. */
export function keysOfMarks(columns: TraceColumns, marks: Uint8Array, most: number): string[] {
  const keys: string[] = [];
  for (let row = marks.indexOf(1); row !== -1 && keys.length <= most; row = marks.indexOf(1, row + 1)) keys.push(spanKey(columns, row));
  return keys;
}

/** What a base becomes when everything down to `depth` is to be open; a base that is open on ways stays. */
export function openedTo(base: TreeBase, depth: number): TreeBase {
  return typeof base === 'number' ? Math.max(base, depth + 1) : base;
}

