import type { TraceColumns } from '#server/traces/view/trace-columns.ts';

/** A group of like siblings that is shown as one row until it is opened. */
export interface FoldMembers {
  /** Its members, ascending; all have the same parent. */
  readonly rows: Int32Array;
}

export interface RowSettings {
  /** 1: the spans below are not shown. */
  readonly collapsed: Uint8Array;
  /** 0: left out with all below it. What is above a row that is kept must be kept too. */
  readonly kept?: Uint8Array | undefined;
  /** 1: not shown; what is below moves up to its place. */
  readonly lifted?: Uint8Array | undefined;
  readonly folds?: { readonly foldOf: Int32Array; readonly groups: readonly FoldMembers[] } | undefined;
  /** 1 for each fold that is open. */
  readonly openFolds?: Uint8Array | undefined;
  /** Only this subtree. */
  readonly root?: number | undefined;
}

export interface VisibleRows {
  /** What each place shows: a row of the trace, or for a fold `-1 - fold`. */
  readonly items: Int32Array;
  /** Level of each place, from 0. */
  readonly levels: Uint32Array;
  /** Where a row of the trace is shown; −1 when it is not. */
  readonly placeOf: Int32Array;
  readonly count: number;
}

/**
 * The rows to draw, in order. One pass over what is shown plus a jump over each subtree that is not; folds that are open
 * put their members together below their own row. Iterative: as deep or wide as the trace may be.
 */
export function visibleRows(columns: Pick<TraceColumns, 'count' | 'parent' | 'descendants'>, settings: RowSettings): VisibleRows {
  const { count, parent, descendants } = columns;
  const { collapsed, kept, lifted, folds, openFolds, root } = settings;
  const items = new Int32Array(count + (folds?.groups.length ?? 0));
  const levels = new Uint32Array(items.length);
  const placeOf = new Int32Array(count).fill(-1);
  const levelOf = new Uint32Array(count);
  let shown = 0;
  const put = (item: number, level: number): void => {
    items[shown] = item;
    levels[shown] = level;
    shown++;
  };
  // Pieces of the trace still to be walked: [from, to, indent of its first level, 1 when it is a member of an open fold].
  const first = root ?? 0;
  const stack: number[] = [first, root === undefined ? count - 1 : root + (descendants[root] ?? 0), 0, 0];
  while (stack.length > 0) {
    const asMember = stack.pop() ?? 0;
    const extra = stack.pop() ?? 0;
    const to = stack.pop() ?? -1;
    const from = stack.pop() ?? 0;
    for (let row = from; row <= to; ) {
      const below = descendants[row] ?? 0;
      if (kept !== undefined && kept[row] === 0) {
        row += below + 1;
        continue;
      }
      const above = row === root ? -1 : (parent[row] ?? -1);
      const isMember = asMember === 1 && row === from;
      const level = above < 0 ? 0 : (levelOf[above] ?? 0) + (placeOf[above] === -1 ? 0 : 1) + (isMember ? extra : 0);
      const fold = folds === undefined || isMember || row === root ? -1 : (folds.foldOf[row] ?? -1);
      if (fold >= 0) {
        const members = folds?.groups[fold]?.rows ?? new Int32Array();
        if (firstKept(members, kept) === row) {
          put(-1 - fold, level);
          if (openFolds?.[fold] === 1) {
            if (row + below + 1 <= to) stack.push(row + below + 1, to, extra, 0);
            for (let m = members.length - 1; m >= 0; m--) {
              const member = members[m] ?? 0;
              stack.push(member, member + (descendants[member] ?? 0), 1, 1);
            }
            break;
          }
        }
        row += below + 1;
        continue;
      }
      levelOf[row] = level;
      if (lifted === undefined || lifted[row] === 0) {
        placeOf[row] = shown;
        put(row, level);
        if (collapsed[row] === 1 && below > 0) {
          row += below + 1;
          continue;
        }
      }
      row++;
    }
  }
  return { items: items.subarray(0, shown), levels: levels.subarray(0, shown), placeOf, count: shown };
}

function firstKept(members: Int32Array, kept: Uint8Array | undefined): number {
  if (kept === undefined) return members[0] ?? -1;
  for (const member of members) if (kept[member] === 1) return member;
  return -1;
}

/** The span an item shows, or −1 for a fold. */
export function rowOfItem(item: number | undefined): number {
  return item === undefined || item < 0 ? -1 : item;
}

/** The fold an item shows, or −1 for a span. */
export function foldOfItem(item: number | undefined): number {
  return item === undefined || item >= 0 ? -1 : -1 - item;
}

/** Where a row can be found: its own place, else that of the nearest row above it that is shown; −1 for none. */
export function nearestPlace(columns: Pick<TraceColumns, 'parent'>, rows: VisibleRows, row: number): number {
  for (let at = row; at >= 0; at = columns.parent[at] ?? -1) {
    const place = rows.placeOf[at] ?? -1;
    if (place >= 0) return place;
  }
  return -1;
}

/** Places of the rows above a place, outermost first. At most `most`, the nearest ones. */
export function placesAbove(rows: VisibleRows, place: number, most: number): number[] {
  const above: number[] = [];
  let level = rows.levels[place] ?? 0;
  for (let at = place - 1; at >= 0 && level > 0 && above.length < most; ) {
    const here = rows.levels[at] ?? 0;
    if (here < level) {
      above.unshift(at);
      level = here;
    }
    at--;
  }
  return above;
}
