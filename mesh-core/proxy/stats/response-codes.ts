const CODES = 600;

/** How many answers there were of each HTTP status. Holds nothing before the first. */
export class ResponseCodes {
  #counts: Float64Array | undefined;

  /** Counts an answer; a status that is none (0: the client left before one) is no answer. */
  count(status: number): void {
    if (status < 100 || status >= CODES) return;
    const counts = (this.#counts ??= new Float64Array(CODES));
    counts[status] = (counts[status] ?? 0) + 1;
  }

  /** By status, those that occurred, in order. */
  get byStatus(): [status: number, count: number][] {
    const found: [number, number][] = [];
    this.#counts?.forEach((count, status) => {
      if (count > 0) found.push([status, count]);
    });
    return found;
  }

  /** `2xx`: 12 …, all five classes. */
  get byClass(): [name: string, count: number][] {
    const sums = [0, 0, 0, 0, 0];
    for (const [status, count] of this.byStatus) sums[Math.floor(status / 100) - 1] = (sums[Math.floor(status / 100) - 1] ?? 0) + count;
    return sums.map((sum, i) => [`${i + 1}xx`, sum]);
  }

  /** Answers other than interim ones. */
  get completed(): number {
    return this.byStatus.reduce((sum, [status, count]) => sum + (status >= 200 ? count : 0), 0);
  }

  reset(): void {
    this.#counts = undefined;
  }
}
