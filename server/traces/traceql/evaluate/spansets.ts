import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { Mask } from './column.ts';

/** Spans in sets: what a stage of a pipeline takes and gives. A row is in one set at most. */
export interface Spansets {
  /** Set of each row, -1 for none. */
  readonly of: Int32Array;
  /** Trace of each set, ascending. */
  readonly trace: Int32Array;
  /** What `by()` and scalar filters noted, in order. */
  readonly notes: readonly Note[];
}
export interface Note {
  readonly name: string;
  /** Made when it is asked for: most sets are only counted. */
  valueOf(set: number): AttributeValue;
}

/** The sets with only the rows that are in the mask. */
export function keepRows(sets: Spansets, mask: Mask): Spansets {
  const of = new Int32Array(sets.of.length);
  for (let row = 0; row < of.length; row++) of[row] = mask[row] === 1 ? (sets.of[row] ?? -1) : -1;
  return { ...sets, of };
}

/** Without the sets for which `keep` is 0. */
export function keepSets(sets: Spansets, keep: Uint8Array): Spansets {
  const of = new Int32Array(sets.of.length);
  for (let row = 0; row < of.length; row++) {
    const set = sets.of[row] ?? -1;
    of[row] = set >= 0 && keep[set] === 1 ? set : -1;
  }
  return { ...sets, of };
}

/** How many rows each set has. */
export function sizes(sets: Spansets): Uint32Array {
  const counts = new Uint32Array(sets.trace.length);
  for (let row = 0; row < sets.of.length; row++) {
    const set = sets.of[row] ?? -1;
    if (set >= 0) counts[set] = (counts[set] ?? 0) + 1;
  }
  return counts;
}

/** 1 for rows in some set. */
export function members(sets: Spansets): Mask {
  const mask = new Uint8Array(sets.of.length);
  for (let row = 0; row < mask.length; row++) mask[row] = (sets.of[row] ?? -1) >= 0 ? 1 : 0;
  return mask;
}

/** Has each trace one set at most? */
export function isOneEach({ trace }: Spansets): boolean {
  for (let set = 1; set < trace.length; set++) if (trace[set] === trace[set - 1]) return false;
  return true;
}

/** The sets of a trace as one each: notes go, as they are no longer of the whole. */
export function mergeSets(sets: Spansets): Spansets {
  const trace: number[] = [];
  const merged = new Int32Array(sets.trace.length);
  for (const [set, t] of sets.trace.entries()) {
    if (trace.at(-1) !== t) trace.push(t);
    merged[set] = trace.length - 1;
  }
  return { of: sets.of.map((set) => (set < 0 ? -1 : (merged[set] ?? -1))), trace: Int32Array.from(trace), notes: [] };
}
