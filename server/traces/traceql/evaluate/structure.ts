import type { SpansetOperator } from '../ast.ts';
import type { Mask } from './column.ts';
import { goesInRings, type SpanTree } from './tree.ts';

/** How spans may be related; what is selected is always the right side: `child` are spans of the right whose parent is on the left. */
export type Relation = 'child' | 'descendant' | 'parent' | 'ancestor' | 'sibling';

/** Both sides, and the spanset that each row is in, -1 for none: relations count only within a spanset. */
export interface Sides {
  readonly left: Mask;
  readonly right: Mask;
  readonly spanset: Int32Array;
  /** How many spansets there are. */
  readonly spansets: number;
  /** A trace has one spanset at most. */
  readonly single: boolean;
}

/** What a structural operator asks for. `negated`: spans of the right that have no such relation; `union`: both sides of it. */
export function relationOf(operator: SpansetOperator): { readonly relation: Relation; readonly inverse: Relation; readonly negated: boolean; readonly union: boolean } | undefined {
  const negated = operator.startsWith('!');
  const union = operator.startsWith('&') && operator !== '&&';
  const relation = RELATIONS.get(negated || union ? operator.slice(1) : operator);
  return relation === undefined ? undefined : { relation, inverse: INVERSE[relation], negated, union };
}
const RELATIONS: ReadonlyMap<string, Relation> = new Map<string, Relation>([['>', 'child'], ['>>', 'descendant'], ['<', 'parent'], ['<<', 'ancestor'], ['~', 'sibling']]);
const INVERSE: Readonly<Record<Relation, Relation>> = { child: 'parent', parent: 'child', descendant: 'ancestor', ancestor: 'descendant', sibling: 'sibling' };

/**
 * The rows of the right that are so related to some row of the left. A span is not its own parent, nor in any other
 * relation with itself. One or two passes over the rows, whatever the shape of the trees.
 */
export function related(relation: Relation, sides: Sides, parentRow: Int32Array, tree: () => SpanTree): Mask {
  switch (relation) {
    case 'child':
      return children(sides, parentRow);
    case 'parent':
      return parents(sides, parentRow);
    case 'descendant':
      return sides.single && !goesInRings(parentRow) ? descendantsByClimbing(sides, parentRow) : descendants(sides, tree());
    case 'ancestor':
      return sides.single && !goesInRings(parentRow) ? ancestorsByClimbing(sides, parentRow) : ancestors(sides, tree());
    case 'sibling':
      return siblings(sides, parentRow);
  }
}

function children({ left, right, spanset }: Sides, parentRow: Int32Array): Mask {
  const found = new Uint8Array(right.length);
  for (let row = 0; row < found.length; row++) {
    const parent = parentRow[row] ?? -1;
    if (right[row] === 1 && parent >= 0 && parent !== row && left[parent] === 1 && spanset[parent] === spanset[row]) found[row] = 1;
  }
  return found;
}

function parents({ left, right, spanset }: Sides, parentRow: Int32Array): Mask {
  const found = new Uint8Array(right.length);
  for (let row = 0; row < found.length; row++) {
    const parent = parentRow[row] ?? -1;
    if (left[row] === 1 && parent >= 0 && parent !== row && right[parent] === 1 && spanset[parent] === spanset[row]) found[parent] = 1;
  }
  return found;
}

/** Subtrees are runs of numbers that never cross: the run of the left that reaches furthest is around a row if any is. */
function descendants({ left, right, spanset, spansets }: Sides, { order, last }: SpanTree): Mask {
  const found = new Uint8Array(right.length);
  const reach = new Int32Array(spansets).fill(-1);
  for (let number = 0; number < order.length; number++) {
    const row = order[number] ?? 0;
    const set = spanset[row] ?? -1;
    if (set < 0) continue;
    if (right[row] === 1 && (reach[set] ?? -1) >= number) found[row] = 1;
    if (left[row] === 1) reach[set] = Math.max(reach[set] ?? -1, last[row] ?? 0);
  }
  return found;
}

/** From behind: the next number of the left is in the subtree of a row if any is. */
function ancestors({ left, right, spanset, spansets }: Sides, { order, last }: SpanTree): Mask {
  const found = new Uint8Array(right.length);
  const next = new Int32Array(spansets).fill(0x7fff_ffff);
  for (let number = order.length - 1; number >= 0; number--) {
    const row = order[number] ?? 0;
    const set = spanset[row] ?? -1;
    if (set < 0) continue;
    if (right[row] === 1 && (next[set] ?? 0) <= (last[row] ?? 0)) found[row] = 1;
    if (left[row] === 1) next[set] = number;
  }
  return found;
}

/** Goes up from each row of the right to the first of the left, or to one that is known to be below one or not: no row is passed twice. Sides of one spanset are related whatever is between them. */
function descendantsByClimbing({ left, right }: Sides, parentRow: Int32Array): Mask {
  const found = new Uint8Array(right.length);
  // 1: below one of the left, 2: not.
  const known = new Uint8Array(right.length);
  for (let row = 0; row < right.length; row++) {
    if (right[row] !== 1) continue;
    let at = row;
    let state = known[at] ?? 0;
    while (state === 0) {
      const parent = parentRow[at] ?? -1;
      if (parent < 0 || parent === at) state = 2;
      else if (left[parent] === 1) state = 1;
      else {
        at = parent;
        state = known[at] ?? 0;
      }
    }
    for (let passed = row; known[passed] === 0; passed = parentRow[passed] ?? -1) {
      known[passed] = state;
      if (passed === at) break;
    }
    if (state === 1) found[row] = 1;
  }
  return found;
}

/** Goes up from each row of the left, as far as none went before. */
function ancestorsByClimbing({ left, right }: Sides, parentRow: Int32Array): Mask {
  const found = new Uint8Array(right.length);
  const passed = new Uint8Array(right.length);
  for (let row = 0; row < left.length; row++) {
    if (left[row] !== 1) continue;
    for (let at = row, above = parentRow[at] ?? -1; above >= 0 && above !== at && passed[above] === 0; at = above, above = parentRow[at] ?? -1) {
      passed[above] = 1;
      if (right[above] === 1) found[above] = 1;
    }
  }
  return found;
}

function siblings(sides: Sides, parentRow: Int32Array): Mask {
  const { left, right } = sides;
  const found = new Uint8Array(right.length);
  const has = (side: Mask, row: number): boolean => side[row] === 1 && (parentRow[row] ?? -1) >= 0 && parentRow[row] !== row;
  if (sides.single) {
    const counts = new Uint32Array(right.length);
    for (let row = 0; row < found.length; row++) if (has(left, row)) counts[parentRow[row] ?? 0] = (counts[parentRow[row] ?? 0] ?? 0) + 1;
    for (let row = 0; row < found.length; row++) if (has(right, row) && (counts[parentRow[row] ?? 0] ?? 0) > (left[row] ?? 0)) found[row] = 1;
    return found;
  }
  const { spanset, spansets } = sides;
  // By parent and spanset: two numbers below 2^32 are one exact number.
  const counts = new Map<number, number>();
  const keyOf = (row: number): number => (parentRow[row] ?? -1) * spansets + (spanset[row] ?? 0);
  for (let row = 0; row < found.length; row++) if (has(left, row)) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
  for (let row = 0; row < found.length; row++) if (has(right, row) && (counts.get(keyOf(row)) ?? 0) > (left[row] ?? 0)) found[row] = 1;
  return found;
}
