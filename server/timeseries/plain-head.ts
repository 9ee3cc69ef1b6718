import { compileMatcher, matchesAll } from './label-matcher.ts';
import { compareLabels, labelsFromEntries, labelsKey } from './labels.ts';
import { MemorySeries, type AppendOutcome } from './memory-series.ts';
import { PostingsIndex } from './plain-postings.ts';
import type { LabelMatcher, Labels, Querier, SeriesSamples, TimeRange } from './storage.ts';

/** Samples the head did not take, and why. */
export interface DroppedSamples {
  readonly duplicate: number;
  readonly outOfOrder: number;
  readonly seriesLimit: number;
}

/** The outcome of one appended sample; `created` is set when its series is new. */
export interface HeadAppend {
  readonly outcome: AppendOutcome | 'series-limit';
  readonly series: MemorySeries | undefined;
  readonly created: boolean;
}

/** All series in memory, with their index. Holds no files; the store puts a log under it. */
export class PlainHead implements Querier {
  readonly #byKey = new Map<string, MemorySeries>();
  readonly #byRef = new Map<number, MemorySeries>();
  // A scrape hands in the same label objects every time: their series is found without building the key again.
  #byLabels = new WeakMap<Labels, MemorySeries>();
  readonly #index = new PostingsIndex();
  readonly #maxSeries: number;
  #nextRef = 1;
  #duplicate = 0;
  #outOfOrder = 0;
  #seriesLimit = 0;

  /** `maxSeries` bounds the memory: samples of further series are refused and counted. */
  constructor(options: { maxSeries?: number } = {}) {
    this.#maxSeries = options.maxSeries ?? Infinity;
  }

  get seriesCount(): number {
    return this.#byKey.size;
  }
  get dropped(): DroppedSamples {
    return { duplicate: this.#duplicate, outOfOrder: this.#outOfOrder, seriesLimit: this.#seriesLimit };
  }
  sampleCount(): number {
    let sum = 0;
    for (const series of this.#byKey.values()) sum += series.sampleCount;
    return sum;
  }
  /** Every series, oldest first. */
  allSeries(): MemorySeries[] {
    return [...this.#byRef.values()];
  }

  /** Takes one sample; `time` is rounded to whole milliseconds. */
  append(labels: Labels, time: number, value: number): HeadAppend {
    let series = this.#byLabels.get(labels);
    let created = false;
    if (series === undefined) {
      const key = labelsKey(labels);
      series = this.#byKey.get(key);
      if (series === undefined) {
        if (this.#byKey.size >= this.#maxSeries) {
          this.#seriesLimit++;
          return { outcome: 'series-limit', series: undefined, created: false };
        }
        series = this.#create(this.#nextRef, labelsFromEntries(Object.entries(labels)), key);
        created = true;
      }
      this.#byLabels.set(labels, series);
    }
    const outcome = series.append(Math.round(time), value);
    if (outcome === 'duplicate') this.#duplicate++;
    else if (outcome === 'out-of-order') this.#outOfOrder++;
    return { outcome, series, created };
  }

  /** The series of a label set, made under the given id when it is not there: used to restore. */
  restoreSeries(ref: number, labels: Labels): MemorySeries {
    const key = labelsKey(labels);
    return this.#byKey.get(key) ?? this.#create(this.#byRef.has(ref) ? this.#nextRef : ref, labels, key);
  }

  /** Drops samples older than `cutoff` (whole chunks) and series without any sample left; gives how many series went. */
  dropBefore(cutoff: number): number {
    const gone = new Map<number, Labels>();
    for (const series of this.#byKey.values()) if (series.dropBefore(cutoff)) gone.set(series.ref, series.labels);
    if (gone.size === 0) return 0;
    for (const [ref, labels] of gone) {
      this.#byRef.delete(ref);
      this.#byKey.delete(labelsKey(labels));
    }
    this.#byLabels = new WeakMap();
    this.#index.remove(gone);
    return gone.size;
  }

  select(matchers: readonly LabelMatcher[], range: TimeRange): SeriesSamples[] {
    const out: SeriesSamples[] = [];
    for (const series of this.#matching(matchers)) {
      const samples = series.read(range.start, range.end);
      if (samples !== undefined) out.push(samples);
    }
    return out;
  }

  series(matchers: readonly LabelMatcher[][], range: TimeRange): Labels[] {
    return this.#overlapping(matchers, range).map((series) => series.labels).sort(compareLabels);
  }

  labelNames(matchers: readonly LabelMatcher[][], range: TimeRange): string[] {
    const names = new Set<string>();
    for (const series of this.#overlapping(matchers, range)) for (const name of Object.keys(series.labels)) names.add(name);
    return [...names].sort();
  }

  labelValues(name: string, matchers: readonly LabelMatcher[][], range: TimeRange): string[] {
    const withName: LabelMatcher = { name, op: '!=', value: '' };
    const narrowed = matchers.length === 0 ? [[withName]] : matchers.map((set) => [...set, withName]);
    const values = new Set<string>();
    for (const series of this.#overlapping(narrowed, range)) {
      const value = series.labels[name];
      if (value !== undefined) values.add(value);
    }
    return [...values].sort();
  }

  #create(ref: number, labels: Labels, key: string): MemorySeries {
    const series = new MemorySeries(ref, labels, key);
    this.#byKey.set(key, series);
    this.#byRef.set(ref, series);
    this.#index.add(ref, labels);
    if (ref >= this.#nextRef) this.#nextRef = ref + 1;
    return series;
  }

  #matching(matchers: readonly LabelMatcher[]): MemorySeries[] {
    const compiled = matchers.map(compileMatcher);
    const refs = this.#index.candidates(compiled);
    const out: MemorySeries[] = [];
    const take = (series: MemorySeries | undefined): void => {
      if (series !== undefined && matchesAll(series.labels, compiled)) out.push(series);
    };
    if (refs === undefined) for (const series of this.#byRef.values()) take(series);
    else for (const ref of refs) take(this.#byRef.get(ref));
    return out;
  }

  #overlapping(sets: readonly LabelMatcher[][], range: TimeRange): MemorySeries[] {
    const found = new Set<MemorySeries>();
    for (const matchers of sets.length === 0 ? [[]] : sets) {
      for (const series of this.#matching(matchers)) {
        if (series.firstTime <= range.end && series.lastTime >= range.start) found.add(series);
      }
    }
    return [...found];
  }
}
