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
import type { ExemplarQuerier, LabelMatcher, Labels, LazySelection, Querier, SeriesExemplars, SeriesSamples, TimeRange } from './storage.ts';

/** What one block holds of a series within a range of time. */
interface BlockPiece {
  readonly block: OpenBlock;
  readonly series: number;
  readonly chunks: ReturnType<OpenBlock['chunksWithin']>;
}

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
    return this.#blocks.overlapping(range).length === 0 ? this.#head.select(matchers, range) : [...this.selectLazily(matchers, range).series];
  }

  selectLazily(matchers: readonly LabelMatcher[], range: TimeRange): LazySelection {
    const { start, end } = range;
    const overlapping = this.#blocks.overlapping(range);
    if (overlapping.length === 0) return this.#head.selectLazily(matchers, range);
    const compiled = matchers.map(compileMatcher);
    const plan = new Map<LabelSetId, BlockPiece[]>();
    let atMost = 0;
    // By their numbers, that is by their age: of two samples at one time the one that was stored first counts.
    for (const stored of overlapping.toSorted((a, b) => a.number - b.number)) {
      const block = this.#blocks.opened(stored);
      if (block === undefined) continue;
      for (const series of selectPostings(block.index, compiled)) {
        const chunks = block.chunksWithin(series, start, end);
        if (chunks.length === 0) continue;
        for (const { count } of chunks) atMost += count;
        const piece = { block, series, chunks };
        const id = block.labelSet(series);
        const known = plan.get(id);
        if (known === undefined) plan.set(id, [piece]);
        else known.push(piece);
      }
    }
    for (const id of this.#head.matching(matchers)) {
      const bound = this.#head.bound(id, start, end);
      if (bound === 0) continue;
      atMost += bound;
      if (!plan.has(id)) plan.set(id, []);
    }
    return { atMost, series: this.#readEach(plan, range) };
  }

  *#readEach(plan: ReadonlyMap<LabelSetId, readonly BlockPiece[]>, { start, end }: TimeRange): Generator<SeriesSamples> {
    const buffer = new SampleBuffer();
    for (const [id, pieces] of plan) {
      const found: SeriesSamples[] = [];
      for (const { block, series, chunks } of pieces) {
        const samples = block.readChunks(series, chunks, start, end, buffer);
        if (samples !== undefined) found.push(samples);
      }
      const newest = this.#head.read(id, start, end, buffer);
      if (newest !== undefined) found.push(newest);
      const merged = mergeSamples(this.#labelSets.labels(id), found, buffer);
      if (merged !== undefined) yield merged;
    }
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
