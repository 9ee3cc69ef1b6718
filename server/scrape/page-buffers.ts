const SMALLEST = 64 * 1024;
/** Pages up to this size come and go cheaply; larger ones would make the engine collect its whole heap at every scrape. */
const WORTH_KEEPING = 512 * 1024;
const MOST_KEPT = 2;

/** Memory for pages while they are read, used again from scrape to scrape. */
export class PageBuffers {
  readonly #kept: Buffer[] = [];

  /** Room for a page of about `expected` bytes, to be written from its start. */
  take(expected: number): GrowingPage {
    const size = Math.max(SMALLEST, expected);
    const fitting = this.#kept.findIndex((one) => one.length >= size);
    const memory = fitting >= 0 ? this.#kept.splice(fitting, 1)[0] : this.#kept.pop();
    return new GrowingPage(memory !== undefined && memory.length >= size ? memory : Buffer.allocUnsafeSlow(size), (used) => this.#keep(used));
  }

  #keep(memory: Buffer): void {
    if (memory.length < WORTH_KEEPING) return;
    this.#kept.push(memory);
    // The smallest goes: the largest pages are the ones that recur with the most to gain.
    if (this.#kept.length > MOST_KEPT) this.#kept.sort((a, b) => b.length - a.length).pop();
  }
}

/** A page while its pieces arrive. */
export class GrowingPage {
  #memory: Buffer;
  #length = 0;
  #release: ((memory: Buffer) => void) | undefined;

  constructor(memory: Buffer, release: (memory: Buffer) => void) {
    this.#memory = memory;
    this.#release = release;
  }

  get length(): number {
    return this.#length;
  }
  /** The bytes so far: valid until `release`. */
  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  add(piece: Buffer): void {
    if (this.#length + piece.length > this.#memory.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(this.#length + piece.length, this.#memory.length * 2));
      this.#memory.copy(grown, 0, 0, this.#length);
      this.#memory = grown;
    }
    piece.copy(this.#memory, this.#length);
    this.#length += piece.length;
  }

  /** Gives the memory back; whoever still looks at the bytes sees another page's. */
  release(): void {
    this.#release?.(this.#memory);
    this.#release = undefined;
  }
}
