import { labelValue } from './labels.ts';
import type { PostingsSource, ValueLists } from './select-postings.ts';
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
 * The inverted index in memory: label name → value → rising series ids. Source of the idea: Prometheus
 * tsdb/index/postings.go. What it gives is valid until it changes.
 */
export class PostingsIndex implements Omit<PostingsSource, 'valueOf'> {
  readonly #names = new Map<string, Map<string, Postings>>();
  readonly #all = new PostingList();
  #limit = 0;

  get limit(): number {
    return this.#limit;
  }

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
  lists(name: string): ValueLists | undefined {
    const values = this.#names.get(name);
    return values === undefined ? undefined : new MemoryLists(values);
  }
}

class MemoryLists implements ValueLists {
  readonly #values: ReadonlyMap<string, Postings>;
  constructor(values: ReadonlyMap<string, Postings>) {
    this.#values = values;
  }
  get size(): number {
    return this.#values.size;
  }
  idsOf(value: string): Int32Array | undefined {
    const postings = this.#values.get(value);
    return typeof postings === 'number' ? Int32Array.of(postings) : postings?.ids();
  }
  markWhere(matches: (value: string) => boolean, marks: Uint8Array): void {
    for (const [value, postings] of this.#values) {
      if (!matches(value)) continue;
      if (typeof postings === 'number') marks[postings] = 1;
      else for (const id of postings.ids()) marks[id] = 1;
    }
  }
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
