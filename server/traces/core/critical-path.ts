import { SPAN_KINDS } from '#server/traces/segment/span-words.ts';
import type { TraceColumns } from '#server/traces/view/trace-columns.ts';
import { childRows } from './child-rows.ts';

/** Stretches of time that end only when their row is done, as columns. For each root in time order: contiguous, disjoint, in sum its duration. */
export interface CriticalPath {
  readonly count: number;
  readonly row: Uint32Array;
  /** Nanoseconds from the trace's start. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** 1: the row (or one above it) is on the path only because it was the last to end before a sibling that is on it began. That the one waited for the other is likely, not known. */
  readonly inferred: Uint8Array;
}

const PRODUCER = SPAN_KINDS.indexOf('producer');
const CONSUMER = SPAN_KINDS.indexOf('consumer');

/** What of a trace the critical path is made from. */
export type CriticalPathColumns = Pick<TraceColumns, 'parent' | 'start' | 'duration' | 'kind'>;

/**
 * The critical path of every root.
 *
 * Walks backwards from a root's end: the child that finished last before the point reached is what was waited for
 * (Jaeger's definition). Differs from Jaeger's code where that loses time: a child that ends exactly where the next one
 * begins is on the path, and nothing recurses. What a consumer does with a message is not waited for by its producer.
 * O(n log n).
 */
export function criticalPath(columns: CriticalPathColumns): CriticalPath {
  const { parent } = columns;
  const { start, end, kept } = clipToParents(columns);
  const { first, child } = childrenByEnd(parent, start, end, kept);
  const count = parent.length;
  const next = first.slice(0, count);
  // Every row is entered at most once and left at most once.
  const sections = new Sections(count * 2);
  const inferred = new Uint8Array(count);
  for (let root = 0; root < count; root++) {
    if ((parent[root] ?? -1) >= 0) continue;
    const from = sections.count;
    let row = root;
    let reached = end[root] ?? 0;
    for (;;) {
      const last = first[row + 1] ?? 0;
      let at = next[row] ?? 0;
      // The point reached only moves back, so a child that ends after it never comes into question again.
      while (at < last && (end[child[at] ?? 0] ?? 0) > reached) at++;
      if (at < last) {
        const below = child[at] ?? 0;
        const belowEnd = end[below] ?? 0;
        sections.add(row, belowEnd, reached, inferred[row] ?? 0);
        // A consumed child leaves the pointer behind its list's beginning: the next one is there by order alone.
        if (inferred[row] === 1 || (kept[row] ?? 0) === ENTERED) inferred[below] = 1;
        kept[row] = ENTERED;
        next[row] = at + 1;
        row = below;
        reached = belowEnd;
        continue;
      }
      next[row] = at;
      const rowStart = start[row] ?? 0;
      sections.add(row, rowStart, reached, inferred[row] ?? 0);
      if (row === root) break;
      reached = rowStart;
      row = parent[row] ?? root;
    }
    sections.reverse(from);
  }
  return sections.columns();
}

/** Nanoseconds of each row on the critical path. */
export function criticalTimes(path: CriticalPath, rows: number): Float64Array {
  const times = new Float64Array(rows);
  for (let i = 0; i < path.count; i++) {
    const row = path.row[i] ?? 0;
    times[row] = (times[row] ?? 0) + (path.end[i] ?? 0) - (path.start[i] ?? 0);
  }
  return times;
}

const DROPPED = 0;
const KEPT = 1;
/** Kept, and some child of it is on the path. */
const ENTERED = 2;

/** Every row's interval cut to its parent's; rows outside it, and consumers of a producer, are dropped with all below. */
function clipToParents({ parent, start: starts, duration, kind }: CriticalPathColumns): { start: Float64Array; end: Float64Array; kept: Uint8Array } {
  const count = parent.length;
  const start = new Float64Array(count);
  const end = new Float64Array(count);
  const kept = new Uint8Array(count);
  for (let row = 0; row < count; row++) {
    const from = starts[row] ?? 0;
    const to = from + (duration[row] ?? 0);
    const above = parent[row] ?? -1;
    start[row] = from;
    end[row] = to;
    if (above < 0) {
      kept[row] = KEPT;
      continue;
    }
    const aboveStart = start[above] ?? 0;
    const aboveEnd = end[above] ?? 0;
    if (kept[above] === DROPPED || (kind[above] === PRODUCER && kind[row] === CONSUMER)) continue;
    if (from >= aboveEnd || (from < aboveStart && to <= aboveStart)) continue;
    kept[row] = KEPT;
    start[row] = Math.max(from, aboveStart);
    end[row] = Math.min(to, aboveEnd);
  }
  return { start, end, kept };
}

/** Of each row, the kept children, latest end first; of those that end together, the one that began first. */
function childrenByEnd(parent: Int32Array, start: Float64Array, end: Float64Array, kept: Uint8Array): { first: Uint32Array; child: Uint32Array } {
  const { first, child } = childRows(parent.map((above, row) => (kept[row] === DROPPED ? -1 : above)));
  for (let row = 0; row < parent.length; row++) {
    const from = first[row] ?? 0;
    const to = first[row + 1] ?? 0;
    if (to - from < 2) continue;
    const own = child.subarray(from, to).reverse();
    // Children that run one after another are in order already.
    let ordered = true;
    for (let i = 1; i < own.length && ordered; i++) ordered = (end[own[i - 1] ?? 0] ?? 0) > (end[own[i] ?? 0] ?? 0);
    if (!ordered) own.sort((a, b) => (end[b] ?? 0) - (end[a] ?? 0) || (start[a] ?? 0) - (start[b] ?? 0) || a - b);
  }
  return { first, child };
}

/** Collects sections from the end backwards. */
class Sections {
  count = 0;
  readonly #row: Uint32Array;
  readonly #start: Float64Array;
  readonly #end: Float64Array;
  readonly #inferred: Uint8Array;
  /** Where those of the present root begin: sections of two roots are never joined. */
  #from = 0;

  constructor(capacity: number) {
    this.#row = new Uint32Array(capacity);
    this.#start = new Float64Array(capacity);
    this.#end = new Float64Array(capacity);
    this.#inferred = new Uint8Array(capacity);
  }

  add(row: number, start: number, end: number, inferred: number): void {
    if (end <= start) return;
    const last = this.count - 1;
    if (last >= this.#from && this.#row[last] === row && this.#start[last] === end) {
      this.#start[last] = start;
      return;
    }
    this.#row[this.count] = row;
    this.#start[this.count] = start;
    this.#end[this.count] = end;
    this.#inferred[this.count] = inferred;
    this.count += 1;
  }

  /** Turns those from `from` on into time order; the next ones are another root's. */
  reverse(from: number): void {
    for (const column of [this.#row, this.#start, this.#end, this.#inferred]) column.subarray(from, this.count).reverse();
    this.#from = this.count;
  }

  columns(): CriticalPath {
    const { count } = this;
    return { count, row: this.#row.slice(0, count), start: this.#start.slice(0, count), end: this.#end.slice(0, count), inferred: this.#inferred.slice(0, count) };
  }
}
