import type { CompiledMatcher } from './label-matcher.ts';

/** The ids of the series that have a label, by its value. */
export interface ValueLists {
  /** How many values there are. */
  readonly size: number;
  /** The ids with one value, rising; undefined when it does not occur. */
  idsOf(value: string): Int32Array | undefined;
  /** Sets the mark of every id whose value fits. */
  markWhere(matches: (value: string) => boolean, marks: Uint8Array): void;
}

/** An inverted index: what series are selected from, in memory or in a block. */
export interface PostingsSource {
  /** One more than the highest id. */
  readonly limit: number;
  /** All ids, rising. */
  all(): Int32Array;
  lists(name: string): ValueLists | undefined;
  /** The value of a label of a series; '' when it has none. */
  valueOf(id: number, name: string): string;
}

/**
 * The ids of exactly the series that satisfy all matchers, rising. A regex is tried on each distinct value of its label
 * once, or on the series that are left when those are fewer. Source: Prometheus tsdb/querier.go `PostingsForMatchers`.
 */
export function selectPostings(source: PostingsSource, matchers: readonly CompiledMatcher[]): Int32Array {
  let result: Int32Array | undefined;
  for (const matcher of [...matchers].sort((a, b) => rank(a) - rank(b))) {
    const lists = source.lists(matcher.name);
    if (lists === undefined) {
      if (matcher.matchesEmpty) continue;
      return new Int32Array(0);
    }
    result = narrow(source, lists, matcher, result);
    if (result.length === 0) return result;
  }
  return result ?? source.all();
}

function narrow(source: PostingsSource, lists: ValueLists, matcher: CompiledMatcher, result: Int32Array | undefined): Int32Array {
  const { literals, matches, matchesEmpty, name } = matcher;
  const [only] = literals ?? [];
  if (literals?.length === 1 && only !== undefined && !matchesEmpty) {
    const ids = lists.idsOf(only) ?? new Int32Array(0);
    return result === undefined ? ids : intersect(result, ids);
  }
  if (result !== undefined && result.length < lists.size) return result.filter((id) => matches(source.valueOf(id, name)));
  const marks = new Uint8Array(source.limit);
  if (matchesEmpty) lists.markWhere((value) => !matches(value), marks);
  else if (literals === undefined) lists.markWhere(matches, marks);
  else for (const value of literals) for (const id of lists.idsOf(value) ?? []) marks[id] = 1;
  const wanted = matchesEmpty ? 0 : 1;
  return (result ?? source.all()).filter((id) => marks[id] === wanted);
}

/** Cheap and narrow matchers first. */
function rank(matcher: CompiledMatcher): number {
  if (matcher.matchesEmpty) return 3;
  if (matcher.literals === undefined) return 2;
  return matcher.literals.length === 1 ? 0 : 1;
}

/** The ids on both of two rising lists. */
export function intersect(a: Int32Array, b: Int32Array): Int32Array {
  const out = new Int32Array(Math.min(a.length, b.length));
  let count = 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const left = a[i] ?? 0;
    const right = b[j] ?? 0;
    if (left === right) {
      out[count++] = left;
      i++;
      j++;
    } else if (left < right) i++;
    else j++;
  }
  return out.subarray(0, count);
}
