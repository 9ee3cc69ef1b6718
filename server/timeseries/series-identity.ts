import type { Labels } from './storage.ts';

const FIRST_TABLE = 1024;
const FIRST_SLAB = 8192;
const DELETED = -1;

/**
 * Which label sets are known, in little memory: each pair of a name and a value is a number, a label set is its pairs in
 * rising order in one shared array, and an open-addressed table finds it. A series is known by its `slot` (from 0 on).
 * Slots of removed series are not used again; `rebuild` gives back what they took.
 */
export class SeriesIdentity {
  #pairs = new Map<string, { readonly name: string; readonly byValue: Map<string, number> }>();
  #names: string[] = [];
  #values: string[] = [];
  /** Length, then that many pair numbers, for each label set. */
  #slab = new Int32Array(FIRST_SLAB);
  #slabEnd = 0;
  #garbage = 0;
  /** Position in the slab + 1, 0 = empty, DELETED; beside it the slot. */
  #table = new Int32Array(FIRST_TABLE);
  #slots = new Int32Array(FIRST_TABLE);
  #used = 0;
  #scratch = new Int32Array(64);

  /** The share of the shared array that removed series still take. */
  get garbageRatio(): number {
    return this.#slabEnd === 0 ? 0 : this.#garbage / this.#slabEnd;
  }

  /** The slot of a label set, or undefined. Empty values do not count. */
  find(labels: Labels): number | undefined {
    const count = this.#read(labels, false);
    if (count < 0) return undefined;
    const at = this.#search(count);
    const position = this.#table[at] ?? 0;
    return position > 0 ? this.#slots[at] : undefined;
  }

  /** Adds a label set that is not there yet, under a slot; gives its position, which names it from then on. */
  add(labels: Labels, slot: number): number {
    const count = this.#read(labels, true);
    if (this.#used * 2 >= this.#table.length) this.#resize(this.#table.length * 2);
    const position = this.#store(count);
    this.#put(this.#search(count), position, slot);
    return position;
  }

  /** Removes the label set at a position. */
  remove(position: number): void {
    const count = this.#load(position);
    const at = this.#search(count);
    if (this.#table[at] !== position + 1) return;
    this.#table[at] = DELETED;
    this.#garbage += count + 1;
  }

  /** The labels at a position. */
  labels(position: number): Labels {
    const out: Record<string, string> = {};
    const count = this.#slab[position] ?? 0;
    for (let i = 1; i <= count; i++) {
      const pair = this.#slab[position + i] ?? 0;
      const name = this.#names[pair] ?? '';
      const value = this.#values[pair] ?? '';
      if (name === '__proto__') Object.defineProperty(out, name, { value, enumerable: true, configurable: true, writable: true });
      else out[name] = value;
    }
    return out;
  }

  /** Everything anew with only the given label sets; gives their new positions. Others and their strings are let go. */
  rebuild(live: Iterable<{ readonly slot: number; readonly position: number }>): Map<number, number> {
    const kept = [...live].map(({ slot, position }) => ({ slot, labels: this.labels(position) }));
    this.#pairs = new Map();
    this.#names = [];
    this.#values = [];
    this.#slab = new Int32Array(FIRST_SLAB);
    this.#slabEnd = 0;
    this.#garbage = 0;
    this.#table = new Int32Array(FIRST_TABLE);
    this.#slots = new Int32Array(FIRST_TABLE);
    this.#used = 0;
    const positions = new Map<number, number>();
    for (const { slot, labels } of kept) positions.set(slot, this.add(labels, slot));
    return positions;
  }

  /** Puts the sorted pair numbers into the scratch array; -1 when `make` is false and a pair is not known. */
  #read(labels: Labels, make: boolean): number {
    let count = 0;
    for (const name of Object.keys(labels)) {
      const value = labels[name] ?? '';
      if (value === '') continue;
      const pair = this.#pairs.get(name)?.byValue.get(value) ?? (make ? this.#intern(name, value) : -1);
      if (pair < 0) return -1;
      if (count === this.#scratch.length) this.#scratch = grown(this.#scratch, count * 2);
      // Insertion sort: a handful of numbers, mostly in order.
      let at = count++;
      while (at > 0 && (this.#scratch[at - 1] ?? 0) > pair) {
        this.#scratch[at] = this.#scratch[at - 1] ?? 0;
        at--;
      }
      this.#scratch[at] = pair;
    }
    return count;
  }

  #intern(name: string, value: string): number {
    let known = this.#pairs.get(name);
    if (known === undefined) {
      known = { name: detached(name), byValue: new Map() };
      this.#pairs.set(known.name, known);
    }
    const own = detached(value);
    const pair = this.#names.push(known.name) - 1;
    this.#values.push(own);
    known.byValue.set(own, pair);
    return pair;
  }

  #store(count: number): number {
    const position = this.#slabEnd;
    if (position + count + 1 > this.#slab.length) this.#slab = grown(this.#slab, Math.max(position + count + 1, Math.ceil(this.#slab.length * 1.5)));
    this.#slab[position] = count;
    this.#slab.set(this.#scratch.subarray(0, count), position + 1);
    this.#slabEnd += count + 1;
    return position;
  }

  #load(position: number): number {
    const count = this.#slab[position] ?? 0;
    if (count > this.#scratch.length) this.#scratch = new Int32Array(count);
    this.#scratch.set(this.#slab.subarray(position + 1, position + 1 + count));
    return count;
  }

  /** Where the label set in the scratch array is in the table, or the first free place for it. */
  #search(count: number): number {
    const mask = this.#table.length - 1;
    let at = hash(this.#scratch, count) & mask;
    for (;;) {
      const position = this.#table[at] ?? 0;
      if (position === 0 || (position > 0 && this.#isAt(position - 1, count))) return at;
      at = (at + 1) & mask;
    }
  }

  #isAt(position: number, count: number): boolean {
    if (this.#slab[position] !== count) return false;
    for (let i = 0; i < count; i++) if (this.#slab[position + 1 + i] !== this.#scratch[i]) return false;
    return true;
  }

  #put(at: number, position: number, slot: number): void {
    this.#table[at] = position + 1;
    this.#slots[at] = slot;
    this.#used++;
  }

  #resize(size: number): void {
    const table = this.#table;
    const slots = this.#slots;
    const scratch = this.#scratch.slice();
    this.#table = new Int32Array(size);
    this.#slots = new Int32Array(size);
    this.#used = 0;
    for (let i = 0; i < table.length; i++) {
      const position = table[i] ?? 0;
      if (position > 0) this.#put(this.#search(this.#load(position - 1)), position - 1, slots[i] ?? 0);
    }
    this.#scratch.set(scratch);
  }
}

/** FNV-1a over whole numbers, mixed at the end because tables use the low bits. */
function hash(numbers: Int32Array, count: number): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < count; i++) h = Math.imul(h ^ (numbers[i] ?? 0), 0x01000193);
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  return h ^ (h >>> 13);
}

function grown(array: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> {
  const out = new Int32Array(size);
  out.set(array);
  return out;
}

/** A copy of a string of its own: what is cut out of a page of some megabytes would keep all of it in memory. */
function detached(text: string): string {
  const encoding = /[\u0100-\uffff]/.test(text) ? 'utf16le' : 'latin1';
  return Buffer.from(text, encoding).toString(encoding);
}
