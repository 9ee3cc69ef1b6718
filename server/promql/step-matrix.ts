import { labelsKey } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';

const ABSENT = 0;
const FLOAT = 1;

/**
 * Values of many series at the same evaluation steps: one row a series, one column a step. A cell has a value or none.
 * Scalars are one row without labels and with every cell set. Two flat arrays, because queries touch 10,000 rows.
 */
export class StepMatrix {
  readonly steps: number;
  readonly labels: Labels[] = [];
  /** Rows whose metric name is to be removed before the result is shown (Prometheus' delayed name removal). */
  readonly dropName: boolean[] = [];
  #values: Float64Array;
  #kinds: Uint8Array;

  constructor(steps: number, expectedRows = 4) {
    this.steps = steps;
    this.#values = new Float64Array(Math.max(1, expectedRows) * steps);
    this.#kinds = new Uint8Array(Math.max(1, expectedRows) * steps);
  }

  get rows(): number {
    return this.labels.length;
  }

  /** Adds an empty row and gives its index. */
  addRow(labels: Labels, dropName: boolean): number {
    const row = this.labels.length;
    this.labels.push(labels);
    this.dropName.push(dropName);
    if ((row + 1) * this.steps > this.#values.length) {
      const values = new Float64Array(this.#values.length * 2);
      const kinds = new Uint8Array(values.length);
      values.set(this.#values);
      kinds.set(this.#kinds);
      this.#values = values;
      this.#kinds = kinds;
    }
    return row;
  }

  /** Takes the newest row away again: for rows that turned out to have no value. */
  dropLastRow(): void {
    const row = this.labels.length - 1;
    this.#kinds.fill(ABSENT, row * this.steps, (row + 1) * this.steps);
    this.labels.pop();
    this.dropName.pop();
  }

  has(row: number, step: number): boolean {
    return this.#kinds[row * this.steps + step] === FLOAT;
  }
  get(row: number, step: number): number {
    return this.#values[row * this.steps + step] ?? NaN;
  }
  set(row: number, step: number, value: number): void {
    const at = row * this.steps + step;
    this.#values[at] = value;
    this.#kinds[at] = FLOAT;
  }
  clear(row: number, step: number): void {
    this.#kinds[row * this.steps + step] = ABSENT;
  }

  /** Whether a row has a value at any step. */
  hasAny(row: number): boolean {
    for (let i = row * this.steps; i < (row + 1) * this.steps; i++) if (this.#kinds[i] !== ABSENT) return true;
    return false;
  }
  /** Whether any row has a value at a step. */
  anyAt(step: number): boolean {
    for (let i = step; i < this.rows * this.steps; i += this.steps) if (this.#kinds[i] !== ABSENT) return true;
    return false;
  }
  /** How many cells have a value. */
  sampleCount(): number {
    let count = 0;
    for (let i = 0; i < this.rows * this.steps; i++) if (this.#kinds[i] !== ABSENT) count++;
    return count;
  }

  /** A new matrix with the same rows and `fn` applied to every value. */
  map(fn: (value: number, step: number) => number, dropName: boolean): StepMatrix {
    const out = new StepMatrix(this.steps, this.rows);
    for (let row = 0; row < this.rows; row++) {
      out.addRow(this.labels[row] ?? {}, dropName || this.dropName[row] === true);
      for (let step = 0; step < this.steps; step++) if (this.has(row, step)) out.set(row, step, fn(this.get(row, step), step));
    }
    return out;
  }

  /** A new matrix with some of the rows, in the given order. */
  pick(rows: readonly number[]): StepMatrix {
    const out = new StepMatrix(this.steps, rows.length);
    for (const row of rows) this.copyRow(row, out);
    return out;
  }

  /** Appends a copy of a row to another matrix of as many steps. */
  copyRow(row: number, to: StepMatrix): number {
    const target = to.addRow(this.labels[row] ?? {}, this.dropName[row] === true);
    for (let step = 0; step < this.steps; step++) if (this.has(row, step)) to.set(target, step, this.get(row, step));
    return target;
  }

  /** The matrix with other labels (same rows), merged where they became equal; undefined when two values then collide. */
  relabel(labelsOf: (row: number) => { readonly labels: Labels; readonly dropName: boolean }): StepMatrix | undefined {
    const out = new StepMatrix(this.steps, this.rows);
    const rowOf = new Map<string, number>();
    for (let row = 0; row < this.rows; row++) {
      const { labels, dropName } = labelsOf(row);
      const key = labelsKey(labels);
      let target = rowOf.get(key);
      if (target === undefined) rowOf.set(key, (target = out.addRow(labels, dropName)));
      for (let step = 0; step < this.steps; step++) {
        if (!this.has(row, step)) continue;
        if (out.has(target, step)) return undefined;
        out.set(target, step, this.get(row, step));
      }
    }
    return out;
  }
}

/** A scalar: one value at every step. */
export function scalarMatrix(steps: number, valueAt: (step: number) => number): StepMatrix {
  const out = new StepMatrix(steps, 1);
  const row = out.addRow({}, false);
  for (let step = 0; step < steps; step++) out.set(row, step, valueAt(step));
  return out;
}
