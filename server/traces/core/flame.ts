import { SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import type { TraceColumns } from '#server/traces/view/trace-columns.ts';
import { countBelow } from '#server/traces/view/depth-first.ts';
import { PathDictionary, type PathStep } from './path-dictionary.ts';

/** A flame graph in time order: each row is drawn from its start to its end on its level. */
export interface TimeFlame {
  /** From 0 at the top; below that of the parent. Rows on one level do not overlap. */
  readonly level: Uint32Array;
  readonly levels: number;
}

/**
 * Puts rows on levels: each on the uppermost below its parent where nothing is at that time. Rows that run at the same time
 * come to lie below each other. O(n log n).
 */
export function timeFlame({ count, parent, start, duration }: Pick<TraceColumns, 'count' | 'parent' | 'start' | 'duration'>): TimeFlame {
  const level = new Uint32Array(count);
  const taken = new TakenUntil(count);
  let levels = 0;
  // Rows that start together keep their order, in which parents come first.
  const order = Uint32Array.from(parent.keys()).sort((a, b) => (start[a] ?? 0) - (start[b] ?? 0) || a - b);
  const placed = new Uint8Array(count);
  const waiting: number[] = [];
  for (const next of order) {
    // A child may start before its parent when clocks differ: its parents are placed first.
    for (let row = next; row >= 0 && placed[row] === 0; row = parent[row] ?? -1) waiting.push(row);
    for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
      const above = parent[row] ?? -1;
      const at = taken.firstFree(above < 0 ? 0 : (level[above] ?? 0) + 1, start[row] ?? 0);
      level[row] = at;
      placed[row] = 1;
      taken.take(at, (start[row] ?? 0) + (duration[row] ?? 0));
      levels = Math.max(levels, at + 1);
    }
  }
  return { level, levels };
}

/** A flame graph merged by path: nodes are places in the call tree, parents before children. Nanoseconds. */
export interface MergedFlame {
  readonly count: number;
  readonly parent: Int32Array;
  readonly depth: Uint32Array;
  readonly descendants: Uint32Array;
  readonly step: readonly PathStep[];
  /** Own time of the node and all below: what it is wide. */
  readonly width: Float64Array;
  /** Where it begins, from 0 to the sum of all roots. Children begin where their parent does, widest first. */
  readonly left: Float64Array;
  readonly rows: Uint32Array;
  readonly errors: Uint32Array;
  /** Sum of durations. */
  readonly total: Float64Array;
  readonly self: Float64Array;
  /** Some row of it, to lead to. */
  readonly firstRow: Uint32Array;
}

const ERROR = SPAN_STATUSES.indexOf('error');

/** Merges the rows of a trace by path. Widths are own times, so that they add up even where children ran side by side. O(n log n). */
export function mergedFlame(columns: TraceColumns): MergedFlame {
  const paths = new PathDictionary();
  const places = paths.placesOf(columns);
  const count = paths.count;
  const rows = new Uint32Array(count);
  const errors = new Uint32Array(count);
  const total = new Float64Array(count);
  const self = new Float64Array(count);
  const firstRow = new Uint32Array(count);
  for (let row = columns.count - 1; row >= 0; row--) {
    const place = places[row] ?? 0;
    rows[place] = (rows[place] ?? 0) + 1;
    if (columns.status[row] === ERROR) errors[place] = (errors[place] ?? 0) + 1;
    total[place] = (total[place] ?? 0) + (columns.duration[row] ?? 0);
    self[place] = (self[place] ?? 0) + (columns.self[row] ?? 0);
    firstRow[place] = row;
  }
  const parent = Int32Array.from(paths.parent);
  const width = self.slice();
  for (let place = count - 1; place >= 0; place--) {
    const above = parent[place] ?? -1;
    if (above >= 0) width[above] = (width[above] ?? 0) + (width[place] ?? 0);
  }
  const left = new Float64Array(count);
  /** Where the next child of each begins; of roots in the last entry. */
  const next = new Float64Array(count + 1);
  const byWidth = Uint32Array.from(parent.keys()).sort((a, b) => (paths.depth[a] ?? 0) - (paths.depth[b] ?? 0) || (width[b] ?? 0) - (width[a] ?? 0) || a - b);
  for (const place of byWidth) {
    const above = parent[place] ?? -1;
    const at = above < 0 ? count : above;
    left[place] = next[at] ?? 0;
    next[at] = (next[at] ?? 0) + (width[place] ?? 0);
    next[place] = left[place] ?? 0;
  }
  const descendants = new Uint32Array(count);
  countBelow(parent, descendants);
  return { count, parent, depth: Uint32Array.from(paths.depth), descendants, step: paths.step.map((s) => paths.steps[s] ?? { service: '', name: '', kind: 0 }), width, left, rows, errors, total, self, firstRow };
}

/** Until when each level is taken, in a tree of minima: the first free one at or below some level is found in O(log n). */
class TakenUntil {
  readonly #size: number;
  readonly #least: Float64Array;

  constructor(levels: number) {
    let size = 1;
    while (size < levels + 1) size *= 2;
    this.#size = size;
    this.#least = new Float64Array(size * 2).fill(Number.NEGATIVE_INFINITY);
  }

  /** The first level from `from` on that is taken until `time` at most. There is always one: fewer rows than levels. */
  firstFree(from: number, time: number): number {
    let node = from + this.#size;
    while ((this.#least[node] ?? 0) > time) {
      // Up while this is a right child, then to the right neighbour.
      while ((node & 1) === 1) node >>= 1;
      node += 1;
    }
    while (node < this.#size) {
      node *= 2;
      if ((this.#least[node] ?? 0) > time) node += 1;
    }
    return node - this.#size;
  }

  take(level: number, until: number): void {
    let node = level + this.#size;
    // Rows are placed by start, but a parent placed late may reach further than what is there.
    this.#least[node] = Math.max(until, this.#least[node] ?? 0);
    for (node >>= 1; node > 0; node >>= 1) this.#least[node] = Math.min(this.#least[node * 2] ?? 0, this.#least[node * 2 + 1] ?? 0);
  }
}
