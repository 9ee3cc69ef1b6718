import type { CompiledMatcher } from './label-matcher.ts';
import { labelValue } from './labels.ts';
import type { Labels } from './storage.ts';

/** Rising ids in memory that grows by half: a list of many ids costs four bytes each. */
export class PostingList {
  #ids = new Int32Array(4);
  #count = 0;

  get count(): number {
    return this.#count;
  }
  /** The ids; valid until the list changes. */
  ids(): Int32Array {
    return this.#ids.subarray(0, this.#count);
  }

  add(id: number): void {
    if (this.#count === this.#ids.length) {
      const grown = new Int32Array(this.#count + Math.max(4, this.#count >>> 1));
      grown.set(this.#ids);
      this.#ids = grown;
    }
    let at = this.#count;
    // Ids mostly rise; one that was given again goes to its place.
    if ((this.#ids[at - 1] ?? 0) > id) {
      at = lowerBoundOf(this.#ids, this.#count, id);
      this.#ids.copyWithin(at + 1, at, this.#count);
    }
    this.#ids[at] = id;
    this.#count++;
  }

  /** Takes out the ids that are marked; true when none is left. */
  remove(gone: Uint8Array): boolean {
    let kept = 0;
    for (let i = 0; i < this.#count; i++) {
      const id = this.#ids[i] ?? 0;
      if (gone[id] !== 1) this.#ids[kept++] = id;
    }
    this.#count = kept;
    return kept === 0;
  }
}

/** Ids of the series with one value of one label: a value of a single series needs no list. */
type Postings = number | PostingList;

/**
 * The inverted index: label name → value → rising series ids. Source of the idea: Prometheus tsdb/index/postings.go and
 * tsdb/querier.go `PostingsForMatchers`.
 */
export class PostingsIndex {
  readonly #names = new Map<string, Map<string, Postings>>();
  readonly #all = new PostingList();
  #limit = 0;

  /** Adds a series; an id is added once at most. */
  add(id: number, labels: Labels): void {
    this.#all.add(id);
    this.#limit = Math.max(this.#limit, id + 1);
    for (const name in labels) {
      const value = labelValue(labels, name);
      let values = this.#names.get(name);
      if (values === undefined) this.#names.set(name, (values = new Map()));
      const postings = values.get(value);
      if (postings === undefined) values.set(value, id);
      else if (typeof postings === 'number') {
        const list = new PostingList();
        list.add(postings);
        list.add(id);
        values.set(value, list);
      } else postings.add(id);
    }
  }

  /** Forgets series; touches only the lists they are on. */
  remove(gone: ReadonlyMap<number, Labels>): void {
    const marks = new Uint8Array(this.#limit);
    const touched = new Map<string, Set<string>>();
    for (const [id, labels] of gone) {
      marks[id] = 1;
      for (const name of Object.keys(labels)) {
        const values = touched.get(name) ?? new Set();
        touched.set(name, values.add(labelValue(labels, name)));
      }
    }
    this.#all.remove(marks);
    for (const [name, values] of touched) {
      const lists = this.#names.get(name);
      if (lists === undefined) continue;
      for (const value of values) {
        const postings = lists.get(value);
        if (postings !== undefined && (typeof postings === 'number' ? marks[postings] === 1 : postings.remove(marks))) lists.delete(value);
      }
      if (lists.size === 0) this.#names.delete(name);
    }
  }

  /** All ids, rising; valid until the index changes. */
  all(): Int32Array {
    return this.#all.ids();
  }
  names(): string[] {
    return [...this.#names.keys()];
  }
  values(name: string): string[] {
    return [...(this.#names.get(name)?.keys() ?? [])];
  }

  /**
   * The ids of exactly the series that satisfy all matchers, rising; valid until the index changes. A regex is tried on
   * each distinct value of its label once, or on the series that are left when those are fewer. `labelsOf` gives the
   * labels of an id.
   */
  select(matchers: readonly CompiledMatcher[], labelsOf: (id: number) => Labels): Int32Array {
    let result: Int32Array | undefined;
    for (const matcher of [...matchers].sort((a, b) => rank(a) - rank(b))) {
      const values = this.#names.get(matcher.name);
      if (values === undefined) {
        if (matcher.matchesEmpty) continue;
        return new Int32Array(0);
      }
      if (result !== undefined && matcher.literals === undefined && result.length < values.size) {
        result = result.filter((id) => matcher.matches(labelValue(labelsOf(id), matcher.name)));
      } else if (matcher.matchesEmpty) {
        result = this.#without(result ?? this.all(), this.#accepted(values, (value) => !matcher.matches(value)));
      } else {
        result = this.#within(result, matcher.literals === undefined ? this.#accepted(values, matcher.matches) : matcher.literals.flatMap((value) => values.get(value) ?? []));
      }
      if (result.length === 0) return result;
    }
    return result ?? this.all();
  }

  #accepted(values: ReadonlyMap<string, Postings>, matches: (value: string) => boolean): Postings[] {
    const accepted: Postings[] = [];
    for (const [value, postings] of values) if (matches(value)) accepted.push(postings);
    return accepted;
  }

  #within(result: Int32Array | undefined, lists: readonly Postings[]): Int32Array {
    const [only] = lists;
    if (only === undefined) return new Int32Array(0);
    if (lists.length === 1) {
      const ids = typeof only === 'number' ? Int32Array.of(only) : only.ids();
      return result === undefined ? ids : intersect(result, ids);
    }
    const marks = this.#mark(lists);
    return (result ?? this.all()).filter((id) => marks[id] === 1);
  }
  #without(result: Int32Array, lists: readonly Postings[]): Int32Array {
    if (lists.length === 0) return result;
    const marks = this.#mark(lists);
    return result.filter((id) => marks[id] !== 1);
  }
  #mark(lists: readonly Postings[]): Uint8Array {
    const marks = new Uint8Array(this.#limit);
    for (const postings of lists) {
      if (typeof postings === 'number') marks[postings] = 1;
      else for (const id of postings.ids()) marks[id] = 1;
    }
    return marks;
  }
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

function lowerBoundOf(ids: Int32Array, count: number, id: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ids[middle] ?? 0) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
