/** Gives hosts (by index) their turns by weights that may change with every turn. Source: Envoy's EdfScheduler. */
export class EarliestDeadline {
  readonly #deadlines: number[];
  #now = 0;

  /** `first` are the weights at the beginning, which spread the first turns. */
  constructor(first: readonly number[]) {
    this.#deadlines = first.map((weight) => 1 / weight);
  }

  /** The host whose turn it is; its next one comes after a time that its weight now is the inverse of. */
  next(weightOf: (index: number) => number): number {
    let best = 0;
    for (const [index, deadline] of this.#deadlines.entries()) if (deadline < (this.#deadlines[best] ?? Infinity)) best = index;
    this.#now = this.#deadlines[best] ?? 0;
    this.#deadlines[best] = this.#now + 1 / weightOf(best);
    return best;
  }
}
