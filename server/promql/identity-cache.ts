import type { Labels } from '#server/timeseries/storage.ts';

/**
 * What was computed from label sets, kept by their identity: stores give the same object for a series every time. Goes
 * with the label sets, and begins anew when it holds too much.
 */
export class IdentityCache<T> {
  readonly #limit: number;
  #entries = new WeakMap<Labels, T>();
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The value of a label set, made by `make` when it is not there. */
  get(labels: Labels, make: (labels: Labels) => T): T {
    const known = this.#entries.get(labels);
    if (known !== undefined) return known;
    if (this.#count++ >= this.#limit) {
      this.#entries = new WeakMap();
      this.#count = 1;
    }
    const made = make(labels);
    this.#entries.set(labels, made);
    return made;
  }
}
