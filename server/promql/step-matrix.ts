import type { FloatHistogram } from '#server/histogram/float-histogram.ts';

import type { Labels } from '#server/timeseries/storage.ts';
import { keyOfLabels } from './derived-labels.ts';

export const ABSENT = 0;
export const FLOAT = 1;
export const HISTOGRAM = 2;

/**
 * Values of many series at the same evaluation steps: one row a series, one column a step. A cell has a float, a native
 * histogram or nothing. Scalars are one row without labels and with every cell set. Two flat arrays, because queries
 * touch 10,000 rows; histograms are kept aside, so that a matrix of floats costs nothing for them.
 */
export class StepMatrix {
  readonly steps: number;
  readonly labels: Labels[] = [];
  /** Rows whose metric name is to be removed before the result is shown (Prometheus' delayed name removal). */
  readonly dropName: boolean[] = [];
  /** Whether it is known that no two rows have the same labels. */
  distinct = false;
  #values: Float64Array;
  #kinds: Uint8Array;
  #histograms: (FloatHistogram | undefined)[] | undefined;

  constructor(steps: number, expectedRows = 4) {
    this.steps = steps;
    this.#values = new Float64Array(Math.max(1, expectedRows) * steps);
    this.#kinds = new Uint8Array(Math.max(1, expectedRows) * steps);
  }

  get rows(): number {
    return this.labels.length;
  }
  /** All floats, cell `row * steps + step`; for hot loops. Valid until a row is added. */
  get values(): Float64Array {
    return this.#values;
  }
  /** What each cell holds: ABSENT, FLOAT or HISTOGRAM; for hot loops. Valid until a row is added. */
  get kinds(): Uint8Array {
    return this.#kinds;
  }
  /** Whether there may be histograms in it at all. */
  get hasHistograms(): boolean {
    return this.#histograms !== undefined;
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

  /** Whether a cell has a float or a histogram. */
  has(row: number, step: number): boolean {
    return this.#kinds[row * this.steps + step] !== ABSENT;
  }
  isFloat(row: number, step: number): boolean {
    return this.#kinds[row * this.steps + step] === FLOAT;
  }
  /** The float of a cell; meaningless where there is none. */
  get(row: number, step: number): number {
    return this.#values[row * this.steps + step] ?? NaN;
  }
  /** The histogram of a cell, if it holds one. */
  histogramAt(row: number, step: number): FloatHistogram | undefined {
    const at = row * this.steps + step;
    return this.#kinds[at] === HISTOGRAM ? this.#histograms?.[at] : undefined;
  }
  set(row: number, step: number, value: number): void {
    const at = row * this.steps + step;
    this.#values[at] = value;
    this.#kinds[at] = FLOAT;
  }
  setHistogram(row: number, step: number, histogram: FloatHistogram): void {
    const at = row * this.steps + step;
    this.#histograms ??= [];
    this.#histograms[at] = histogram;
    this.#values[at] = NaN;
    this.#kinds[at] = HISTOGRAM;
  }
  /** Sets a cell to what a function gave. */
  put(row: number, step: number, value: number | FloatHistogram): void {
    if (typeof value === 'number') this.set(row, step, value);
    else this.setHistogram(row, step, value);
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

  /** A new matrix with the same rows and `fn` applied to every float. Histograms are left out. */
  map(fn: (value: number, step: number) => number, dropName: boolean): StepMatrix {
    const out = this.#sameRows(dropName);
    const { steps } = this;
    for (let row = 0; row < this.rows; row++) {
      for (let step = 0; step < steps; step++) if (this.isFloat(row, step)) out.set(row, step, fn(this.get(row, step), step));
    }
    return out;
  }
  /** A new matrix with the same rows and `fn` applied to every histogram. Floats are left out. */
  mapHistograms(fn: (histogram: FloatHistogram, step: number) => number | FloatHistogram, dropName: boolean): StepMatrix {
    const out = this.#sameRows(dropName);
    for (let row = 0; row < this.rows && this.#histograms !== undefined; row++) {
      for (let step = 0; step < this.steps; step++) {
        const histogram = this.histogramAt(row, step);
        if (histogram !== undefined) out.put(row, step, fn(histogram, step));
      }
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
    for (let step = 0; step < this.steps; step++) this.copyCell(row, step, to, target);
    return target;
  }
  /** Copies a cell to another row, of this or another matrix; nothing when it is empty. */
  copyCell(row: number, step: number, to: StepMatrix, target: number): void {
    const histogram = this.#histograms === undefined ? undefined : this.histogramAt(row, step);
    if (histogram !== undefined) to.setHistogram(target, step, histogram);
    else if (this.has(row, step)) to.set(target, step, this.get(row, step));
  }

  /** The first step at which a row has a value; the number of steps when it has none. */
  firstStep(row: number): number {
    let step = 0;
    while (step < this.steps && !this.has(row, step)) step++;
    return step;
  }

  /** The matrix with other labels (same rows), merged where they became equal; undefined when two values then collide. */
  relabel(labelsOf: (row: number) => { readonly labels: Labels; readonly dropName: boolean }): StepMatrix | undefined {
    const out = new StepMatrix(this.steps, this.rows);
    const rowOf = new Map<string, number>();
    for (let row = 0; row < this.rows; row++) {
      const { labels, dropName } = labelsOf(row);
      const key = keyOfLabels(labels);
      let target = rowOf.get(key);
      if (target === undefined) rowOf.set(key, (target = out.addRow(labels, dropName)));
      for (let step = 0; step < this.steps; step++) {
        if (!this.has(row, step)) continue;
        if (out.has(target, step)) return undefined;
        this.copyCell(row, step, out, target);
      }
    }
    return out;
  }

  /** Changes the labels of all rows; their names are not to be dropped any more. Rows must stay different. */
  rename(labelsOf: (labels: Labels) => Labels): void {
    for (let row = 0; row < this.rows; row++) {
      this.labels[row] = labelsOf(this.labels[row] ?? {});
      this.dropName[row] = false;
    }
  }

  #sameRows(dropName: boolean): StepMatrix {
    const out = new StepMatrix(this.steps, this.rows);
    out.distinct = this.distinct;
    for (let row = 0; row < this.rows; row++) out.addRow(this.labels[row] ?? {}, dropName || this.dropName[row] === true);
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
