import { growInts } from './grow-column.ts';
import { labelsFromEntries, labelValue } from './labels.ts';
import type { Labels } from './storage.ts';

/** A store's own number of a label set: small, from 0 on, given again after it was released. */
export type LabelSetId = number;

const FIRST_SLOTS = 1024;
const EMPTY = 0;

/**
 * Every label set that the store knows, once: equal sets have one id and one object, and equal names and values are one
 * string. The table of ids is open addressing over a hash that does not depend on the order of the labels.
 */
export class LabelSets {
  readonly #sets: (Labels | undefined)[] = [];
  readonly #released: LabelSetId[] = [];
  #strings = new Map<string, number>();
  #canonical: string[] = [];
  #hashes = new Int32Array(FIRST_SLOTS);
  /** Ids + 1 by hash; EMPTY where there is none. */
  #table = new Int32Array(FIRST_SLOTS);
  #size = 0;
  readonly #shapes = new Map<string, Record<string, string>>();

  get size(): number {
    return this.#size;
  }
  /** One more than the highest id that was ever given: how long a column by id must be. */
  get limit(): number {
    return this.#sets.length;
  }

  /** The labels of an id; always the same object. Throws for an id that is not in use. */
  labels(id: LabelSetId): Labels {
    const labels = this.#sets[id];
    if (labels === undefined) throw new RangeError(`no label set ${id}`);
    return labels;
  }

  /** The id of a label set, which is made when it is new. Empty values do not count. */
  intern(labels: Labels): LabelSetId {
    if ((this.#size + 1) * 3 > this.#table.length * 2) this.#rehash(this.#table.length * 2);
    const hash = this.#hash(labels);
    const slot = this.#slotOf(labels, hash);
    const known = this.#table[slot] ?? EMPTY;
    if (known !== EMPTY) return known - 1;
    const id = this.#released.pop() ?? this.#sets.length;
    this.#sets[id] = this.#copy(labels);
    this.#hashes = growInts(this.#hashes, id + 1);
    this.#hashes[id] = hash;
    this.#table[slot] = id + 1;
    this.#size++;
    return id;
  }

  /** Releases every set that is not in use any more, and the strings that were only theirs. */
  retain(inUse: (id: LabelSetId) => boolean): number {
    let gone = 0;
    for (let id = 0; id < this.#sets.length; id++) {
      if (this.#sets[id] === undefined || inUse(id)) continue;
      this.#sets[id] = undefined;
      this.#released.push(id);
      gone++;
    }
    if (gone === 0) return 0;
    this.#size -= gone;
    this.#strings = new Map();
    this.#canonical = [];
    // Strings that live on keep their identity: the label sets that are left hold them.
    for (const [id, labels] of this.#sets.entries()) if (labels !== undefined) this.#hashes[id] = this.#hash(labels);
    this.#rehash(this.#table.length);
    return gone;
  }

  #symbol(text: string): number {
    let symbol = this.#strings.get(text);
    if (symbol === undefined) {
      symbol = this.#canonical.push(text) - 1;
      this.#strings.set(text, symbol);
    }
    return symbol;
  }

  #hash(labels: Labels): number {
    let hash = 0;
    for (const name in labels) {
      const value = labelValue(labels, name);
      if (value === '') continue;
      hash = (hash + mix(Math.imul(this.#symbol(name), 0x9e3779b1) ^ this.#symbol(value))) | 0;
    }
    return hash;
  }

  /** Where a label set is in the table, or where it would go. */
  #slotOf(labels: Labels, hash: number): number {
    const mask = this.#table.length - 1;
    let slot = mix(hash) & mask;
    for (;;) {
      const entry = this.#table[slot] ?? EMPTY;
      if (entry === EMPTY) return slot;
      if (this.#hashes[entry - 1] === hash && sameLabels(this.#sets[entry - 1] ?? {}, labels)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #rehash(slots: number): void {
    this.#table = new Int32Array(slots);
    const mask = slots - 1;
    for (let id = 0; id < this.#sets.length; id++) {
      if (this.#sets[id] === undefined) continue;
      let slot = mix(this.#hashes[id] ?? 0) & mask;
      while (this.#table[slot] !== EMPTY) slot = (slot + 1) & mask;
      this.#table[slot] = id + 1;
    }
  }

  /** A copy of our own: sorted names, shared strings, and one shape for all sets of the same names. */
  #copy(labels: Labels): Labels {
    const names = Object.keys(labels).filter((name) => labelValue(labels, name) !== '').sort();
    const shapeKey = names.join('\u0000');
    let shape = this.#shapes.get(shapeKey);
    if (shape === undefined) {
      shape = { ...labelsFromEntries(names.map((name) => [this.#shared(name), '-'])) };
      this.#shapes.set(shapeKey, shape);
    }
    if (Object.hasOwn(shape, '__proto__')) return labelsFromEntries(names.map((name) => [name, this.#shared(labelValue(labels, name))]));
    const copy = { ...shape };
    for (const name of names) copy[name] = this.#shared(labelValue(labels, name));
    return copy;
  }
  #shared(text: string): string {
    return this.#canonical[this.#symbol(text)] ?? text;
  }
}

/** Whether two label sets are equal; empty values of the second do not count, the first has none. */
function sameLabels(own: Labels, other: Labels): boolean {
  let count = 0;
  for (const name in other) {
    const value = labelValue(other, name);
    if (value === '') continue;
    if (own[name] !== value || !Object.hasOwn(own, name)) return false;
    count++;
  }
  for (const _ in own) count--;
  return count === 0;
}

/** Spreads the bits of a hash (the finalizer of MurmurHash3). */
function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
