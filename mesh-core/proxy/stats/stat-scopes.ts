/**
 * Sets of statistics by name. Several holders may share a name (two filter chains with one stat prefix, a chain and the one
 * that replaces it): the numbers live as long as one of them holds it, so that they do not fall while one hands over.
 */
export class StatScopes<Stats> {
  readonly #make: () => Stats;
  readonly #held = new Map<string, { readonly stats: Stats; holders: number }>();

  constructor(make: () => Stats) {
    this.#make = make;
  }

  /** The statistics of this name; each call must be followed by one `release`. */
  hold(name: string): Stats {
    const known = this.#held.get(name);
    if (known !== undefined) {
      known.holders++;
      return known.stats;
    }
    const stats = this.#make();
    this.#held.set(name, { stats, holders: 1 });
    return stats;
  }

  release(name: string): void {
    const known = this.#held.get(name);
    if (known !== undefined && --known.holders === 0) this.#held.delete(name);
  }

  get entries(): [name: string, stats: Stats][] {
    return [...this.#held].map(([name, { stats }]) => [name, stats]);
  }
}
