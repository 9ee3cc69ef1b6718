/** Things made from files, those that were used last; together they take at most `capacity` bytes, as far as each tells its size. */
export class ByteCache {
  readonly #capacity: number;
  readonly #entries = new Map<string, { readonly value: unknown; readonly bytes: number }>();
  #bytes = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What is kept under the key, else what `make` gives. Keys are not to be used for things of two types. */
  get<T>(key: string, make: () => { readonly value: T; readonly bytes: number }): T {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      // The last ones of a Map are those that were put in last.
      this.#entries.delete(key);
      this.#entries.set(key, known);
      // Safe because a key stands for one thing.
      return known.value as T;
    }
    const made = make();
    // What is larger than a good part of the cache would only push everything else out.
    if (made.bytes * 4 > this.#capacity) return made.value;
    this.#entries.set(key, made);
    this.#bytes += made.bytes;
    for (const [old, { bytes }] of this.#entries) {
      if (this.#bytes <= this.#capacity) break;
      this.#entries.delete(old);
      this.#bytes -= bytes;
    }
    return made.value;
  }

  /** Forgets everything whose key begins so. */
  forget(prefix: string): void {
    for (const [key, { bytes }] of this.#entries) {
      if (!key.startsWith(prefix)) continue;
      this.#entries.delete(key);
      this.#bytes -= bytes;
    }
  }
}
