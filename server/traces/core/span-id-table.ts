/**
 * Rows by their 8-byte span id, without making a text of each: an open hash table over the bytes. Ids that occur twice
 * keep their rows in order.
 */
export class SpanIdTable {
  readonly #ids: DataView;
  /** Row + 1 of the first with the id in this slot; 0 is free. */
  readonly #slots: Uint32Array;
  /** The next row + 1 with the same id. */
  readonly #next: Uint32Array;
  readonly #mask: number;

  /** `ids` holds 8 bytes for each row. O(rows). */
  constructor(ids: Uint8Array) {
    const count = ids.length >> 3;
    let size = 16;
    while (size < count * 2) size *= 2;
    this.#ids = new DataView(ids.buffer, ids.byteOffset, count * 8);
    this.#slots = new Uint32Array(size);
    this.#next = new Uint32Array(count);
    this.#mask = size - 1;
    // From the back, so that the chains run forwards.
    for (let row = count - 1; row >= 0; row--) {
      const slot = this.#slotOf(this.#ids, row * 8);
      this.#next[row] = this.#slots[slot] ?? 0;
      this.#slots[slot] = row + 1;
    }
  }

  /** The first row with the id at `offset` of `bytes`, or -1. */
  first(bytes: Uint8Array, offset: number): number {
    return (this.#slots[this.#slotOf(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset)] ?? 0) - 1;
  }

  /** The next row with the same id as `row`, or -1. */
  next(row: number): number {
    return (this.#next[row] ?? 0) - 1;
  }

  /** Rows that share their id with another, the first of each included: each group once, in the order of their first rows. */
  shared(): number[][] {
    const groups: number[][] = [];
    for (const head of this.#slots) {
      if (head === 0 || this.next(head - 1) < 0) continue;
      const rows: number[] = [];
      for (let row = head - 1; row >= 0; row = this.next(row)) rows.push(row);
      groups.push(rows);
    }
    return groups.sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
  }

  #slotOf(view: DataView, offset: number): number {
    const high = view.getUint32(offset);
    const low = view.getUint32(offset + 4);
    let slot = (Math.imul(high ^ (low >>> 15), 0x9e3779b1) ^ Math.imul(low ^ (high >>> 13), 0x85ebca6b)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & this.#mask;
    for (;;) {
      const row = (this.#slots[slot] ?? 0) - 1;
      if (row < 0 || (this.#ids.getUint32(row * 8) === high && this.#ids.getUint32(row * 8 + 4) === low)) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }
}
