import type { OpenBlock } from './block.ts';
import type { BlockStore } from './block-store.ts';
import type { ExemplarRing } from './exemplar-ring.ts';
import type { Head } from './head.ts';
import { compileMatcher } from './label-matcher.ts';
import { compileSets, namesOf, valuesOf, withLabel } from './label-queries.ts';
import type { LabelSetId, LabelSets } from './label-sets.ts';
import { compareLabels } from './labels.ts';
import { mergeSamples } from './merge-samples.ts';
import { SampleBuffer } from './sample-buffer.ts';
import { selectPostings } from './select-postings.ts';
import type { ExemplarQuerier, LabelMatcher, Labels, Querier, SeriesExemplars, SeriesSamples, TimeRange } from './storage.ts';

/** Reads memory and blocks as one. Throws InvalidMatcherError, and on I/O errors of blocks. */
export class DatabaseQuerier implements Querier, ExemplarQuerier {
  readonly #head: Head;
  readonly #blocks: BlockStore;
  readonly #exemplars: ExemplarRing;
  readonly #labelSets: LabelSets;

  constructor(head: Head, blocks: BlockStore, exemplars: ExemplarRing) {
    this.#head = head;
    this.#blocks = blocks;
    this.#exemplars = exemplars;
    this.#labelSets = head.labelSets;
  }

  select(matchers: readonly LabelMatcher[], range: TimeRange): SeriesSamples[] {
    const blocks = this.#blocks.overlapping(range);
    if (blocks.length === 0) return this.#head.select(matchers, range);
    const compiled = matchers.map(compileMatcher);
    const buffer = new SampleBuffer();
    const pieces = new Map<LabelSetId, SeriesSamples[]>();
    const take = (id: LabelSetId, samples: SeriesSamples | undefined): void => {
      if (samples === undefined) return;
      const known = pieces.get(id);
      if (known === undefined) pieces.set(id, [samples]);
      else known.push(samples);
    };
    // By their numbers, that is by their age: of two samples at one time the one that was stored first counts.
    for (const stored of blocks.toSorted((a, b) => a.number - b.number)) {
      const block = this.#blocks.opened(stored);
      if (block === undefined) continue;
      for (const series of selectPostings(block.index, compiled)) take(block.labelSet(series), block.read(series, range.start, range.end, buffer));
    }
    for (const id of this.#head.matching(matchers)) take(id, this.#head.read(id, range.start, range.end, buffer));
    const out: SeriesSamples[] = [];
    for (const [id, own] of pieces) {
      const merged = mergeSamples(this.#labelSets.labels(id), own, buffer);
      if (merged !== undefined) out.push(merged);
    }
    return out;
  }

  series(matchers: readonly LabelMatcher[][], range: TimeRange): Labels[] {
    return [...this.#overlapping(matchers, range)].sort(compareLabels);
  }

  labelNames(matchers: readonly LabelMatcher[][], range: TimeRange): string[] {
    if (matchers.length > 0) return namesOf(this.#overlapping(matchers, range));
    return this.#union(range, (block) => block.index.names(), this.#head.labelNames([], range));
  }

  labelValues(name: string, matchers: readonly LabelMatcher[][], range: TimeRange): string[] {
    if (matchers.length > 0) return valuesOf(this.#overlapping(withLabel(matchers, name), range), name);
    return this.#union(range, (block) => block.index.values(name), this.#head.labelValues(name, [], range));
  }

  exemplars(matchers: readonly LabelMatcher[][], range: TimeRange): SeriesExemplars[] {
    return this.#exemplars.exemplars(matchers, range);
  }

  #union(range: TimeRange, ofBlock: (block: OpenBlock) => string[], ofHead: readonly string[]): string[] {
    const all = new Set(ofHead);
    for (const stored of this.#blocks.overlapping(range)) {
      const block = this.#blocks.opened(stored);
      if (block !== undefined) for (const one of ofBlock(block)) all.add(one);
    }
    return [...all].sort();
  }

  /** Series of memory by their own times, of blocks by those of the block, as Prometheus does. */
  #overlapping(sets: readonly LabelMatcher[][], range: TimeRange): Set<Labels> {
    const found = new Set<LabelSetId>(this.#head.overlapping(sets, range));
    const compiled = compileSets(sets);
    for (const stored of this.#blocks.overlapping(range)) {
      const block = this.#blocks.opened(stored);
      if (block === undefined) continue;
      for (const matchers of compiled) for (const series of selectPostings(block.index, matchers)) found.add(block.labelSet(series));
    }
    return new Set(Array.from(found, (id) => this.#labelSets.labels(id)));
  }
}
