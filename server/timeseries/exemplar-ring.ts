import { compileSets } from './label-queries.ts';
import { matchesAll } from './label-matcher.ts';
import type { LabelSetId, LabelSets } from './label-sets.ts';
import { compareLabels, labelsKey } from './labels.ts';
import type { Exemplar, ExemplarQuerier, LabelMatcher, SeriesExemplars, TimeRange } from './storage.ts';

/** At most this many characters of names and values together (OpenMetrics 1.0; Prometheus model/exemplar). */
const MAX_LABEL_CHARACTERS = 128;

/**
 * The last exemplars of all series: when it is full, each new one takes the place of the oldest. Of one series they come
 * in the order of their times; an older one, a repeated one and one with too long labels are left out.
 * Source of the rules: Prometheus tsdb/exemplar.go.
 */
export class ExemplarRing implements ExemplarQuerier {
  readonly #labelSets: LabelSets;
  readonly #capacity: number;
  /** The series of each exemplar in the order they came; the oldest at `#oldest` once the ring is full. */
  readonly #order: LabelSetId[] = [];
  readonly #series = new Map<LabelSetId, Exemplar[]>();
  #oldest = 0;

  constructor(labelSets: LabelSets, capacity: number) {
    this.#labelSets = labelSets;
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#order.length;
  }
  /** Whether there are exemplars of a series, so that its labels must stay known. */
  has(series: LabelSetId): boolean {
    return this.#series.has(series);
  }

  /** Takes an exemplar; false when it was left out. */
  add(series: LabelSetId, exemplar: Exemplar): boolean {
    if (this.#capacity === 0 || charactersOf(exemplar) > MAX_LABEL_CHARACTERS) return false;
    const newest = this.#series.get(series)?.at(-1);
    if (newest !== undefined && compareExemplars(exemplar, newest) <= 0) return false;
    if (this.#order.length === this.#capacity) {
      this.#dropOldest();
      this.#order[this.#oldest] = series;
      this.#oldest = (this.#oldest + 1) % this.#capacity;
    } else this.#order.push(series);
    const list = this.#series.get(series);
    if (list === undefined) this.#series.set(series, [exemplar]);
    else list.push(exemplar);
    return true;
  }

  /** Every exemplar, series by series. */
  *all(): Generator<readonly [series: LabelSetId, exemplar: Exemplar]> {
    for (const [series, list] of this.#series) for (const exemplar of list) yield [series, exemplar];
  }

  exemplars(matchers: readonly LabelMatcher[][], { start, end }: TimeRange): SeriesExemplars[] {
    const sets = compileSets(matchers);
    const out: SeriesExemplars[] = [];
    for (const [series, list] of this.#series) {
      const seriesLabels = this.#labelSets.labels(series);
      if (!sets.some((set) => matchesAll(seriesLabels, set))) continue;
      const exemplars = list.filter(({ timestamp }) => timestamp >= start && timestamp <= end);
      if (exemplars.length > 0) out.push({ seriesLabels, exemplars });
    }
    return out.sort((a, b) => compareLabels(a.seriesLabels, b.seriesLabels));
  }

  #dropOldest(): void {
    const series = this.#order[this.#oldest];
    if (series === undefined) return;
    const list = this.#series.get(series);
    list?.shift();
    if (list?.length === 0) this.#series.delete(series);
  }
}

/** By time, then value, then labels: those of one time are told apart without looking at all of them. */
function compareExemplars(a: Exemplar, b: Exemplar): number {
  if (a.timestamp !== b.timestamp) return a.timestamp - b.timestamp;
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  const left = labelsKey(a.labels);
  const right = labelsKey(b.labels);
  return left === right ? 0 : left < right ? -1 : 1;
}

function charactersOf({ labels }: Exemplar): number {
  let characters = 0;
  for (const [name, value] of Object.entries(labels)) characters += Array.from(name).length + Array.from(value).length;
  return characters;
}
