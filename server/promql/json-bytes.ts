const FIRST_BYTES = 64 * 1024;
const KEPT_BYTES = 32 * 1024 * 1024;

/** JSON that is put together as UTF-8. What is given must be JSON already: nothing is escaped here. */
export class JsonBytes {
  #data = new Uint8Array(FIRST_BYTES);
  #length = 0;

  /** Begins anew, whatever an answer that could not be finished left. */
  clear(): void {
    this.#length = 0;
  }

  /** Adds a text of ASCII characters only. */
  ascii(text: string): void {
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.#data[this.#length + i] = text.charCodeAt(i);
    this.#length += text.length;
  }

  /** Adds what is UTF-8 already. */
  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#data.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** All of it, in memory of its own that can be handed to another thread; then begins anew in the memory it has. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#data.slice(0, this.#length);
    this.#length = 0;
    if (this.#data.length > KEPT_BYTES) this.#data = new Uint8Array(FIRST_BYTES);
    return taken;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#data.length) return;
    this.#data = new Uint8Array(this.#data.buffer.transfer(Math.max(this.#length + more, this.#data.length * 2)));
  }
}
