/** Objects that are equal by a key, each kept once as long as somebody holds it. */
export class Interned<T extends object> {
  readonly #known = new Map<string, WeakRef<T>>();
  readonly #collected = new FinalizationRegistry<string>((key) => {
    if (this.#known.get(key)?.deref() === undefined) this.#known.delete(key);
  });

  /** The one object of a key; made when nobody holds one. */
  of(key: string, make: () => T): T {
    const held = this.#known.get(key)?.deref();
    if (held !== undefined) return held;
    const made = make();
    this.#known.set(key, new WeakRef(made));
    this.#collected.register(made, key);
    return made;
  }
}
