import { labelsKey } from './labels.ts';
import type { Exemplar, SeriesRef } from './storage.ts';

/**
 * Keeps exemplars that are nothing new out of the log: a target shows the same ones at every scrape. Source of the rule:
 * Prometheus tsdb/exemplar.go validateExemplar, with the newest exemplar of each series.
 */
export class ExemplarFilter {
  readonly #newest = new Map<SeriesRef, Exemplar>();
  #outOfOrder = 0;

  /** Exemplars that came too late. */
  get outOfOrder(): number {
    return this.#outOfOrder;
  }

  /** Whether an exemplar is to be stored; then it is the newest of its series. */
  take(ref: SeriesRef, exemplar: Exemplar): boolean {
    const newest = this.#newest.get(ref);
    if (newest !== undefined) {
      const order = compareExemplars(exemplar, newest);
      if (order === 0) return false;
      if (order < 0) {
        this.#outOfOrder++;
        return false;
      }
    }
    this.#newest.set(ref, exemplar);
    return true;
  }

  /** Takes back what was taken and could not be written: the next of these series is new again. */
  undo(taken: readonly { readonly ref: SeriesRef }[]): void {
    for (const { ref } of taken) this.#newest.delete(ref);
  }

  /** Forgets series that are gone. */
  forget(refs: Iterable<SeriesRef>): void {
    for (const ref of refs) this.#newest.delete(ref);
  }
}

/** By time, then value, then labels: several buckets of a native histogram may have one each at the same time. */
function compareExemplars(a: Exemplar, b: Exemplar): number {
  if (a.timestamp !== b.timestamp) return a.timestamp - b.timestamp;
  if (a.value !== b.value && !(Number.isNaN(a.value) && Number.isNaN(b.value))) return a.value < b.value ? -1 : 1;
  const aKey = labelsKey(a.labels);
  const bKey = labelsKey(b.labels);
  return aKey === bKey ? 0 : aKey < bKey ? -1 : 1;
}
