/**
 * A running sum with Neumaier's compensation. Source: Prometheus util/kahansum. `sum` and `compensation` are to be
 * added at the end; an infinite sum has no compensation.
 */
export class KahanSum {
  sum: number;
  compensation: number;
  constructor(sum = 0, compensation = 0) {
    this.sum = sum;
    this.compensation = compensation;
  }
  add(value: number): void {
    const total = this.sum + value;
    if (total === Infinity || total === -Infinity) this.compensation = 0;
    else if (Math.abs(this.sum) >= Math.abs(value)) this.compensation += this.sum - total + value;
    else this.compensation += value - total + this.sum;
    this.sum = total;
  }
  get total(): number {
    return this.sum === Infinity || this.sum === -Infinity ? this.sum : this.sum + this.compensation;
  }
}

/**
 * A mean that sums directly while the sum fits in a float and turns to an incremental mean when it would overflow.
 * Source: promql/engine.go (avg aggregation) and functions.go (avg_over_time).
 */
export class KahanMean {
  readonly #sum: KahanSum;
  #mean: KahanSum | undefined;
  #count = 1;
  constructor(first: number) {
    this.#sum = new KahanSum(first);
  }
  add(value: number): void {
    this.#count++;
    if (this.#mean === undefined) {
      const next = new KahanSum(this.#sum.sum, this.#sum.compensation);
      next.add(value);
      if (next.sum !== Infinity && next.sum !== -Infinity) {
        this.#sum.sum = next.sum;
        this.#sum.compensation = next.compensation;
        return;
      }
      this.#mean = new KahanSum(this.#sum.sum / (this.#count - 1), this.#sum.compensation / (this.#count - 1));
    }
    const weight = (this.#count - 1) / this.#count;
    const mean = new KahanSum(weight * this.#mean.sum, weight * this.#mean.compensation);
    mean.add(value / this.#count);
    this.#mean = mean;
  }
  get value(): number {
    if (this.#mean !== undefined) return this.#mean.sum + this.#mean.compensation;
    return this.#sum.sum / this.#count + this.#sum.compensation / this.#count;
  }
}
