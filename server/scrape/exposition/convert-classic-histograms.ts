import { ClassicHistogramSamples, classicSampleOf } from '#server/histogram/custom-buckets.ts';
import { validateHistogram } from '#server/histogram/validate-histogram.ts';
import { labelsKey, labelValue, METRIC_NAME, withoutLabels } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import { ExpositionError } from './exposition-error.ts';
import { readSeries } from './parse-series.ts';
import { parseFloatText } from './read-number.ts';
import { PageBuilder, type ScrapePage, type SeriesHints } from './scrape-page.ts';
import { seriesText } from './series-text.ts';

export interface ConvertClassicOptions {
  readonly hints: SeriesHints;
  /** Give the classic samples too. */
  readonly keepClassic: boolean;
}

/** A classic histogram that is being gathered: samples of the page that stand one after another. */
interface Gathered {
  readonly key: string;
  readonly labels: Labels;
  readonly indexes: number[];
  readonly samples: ClassicHistogramSamples;
}

const BUCKET = new Set(['le']);

/**
 * The page with native histograms of custom buckets in the place of its classic ones (`convert_classic_histograms_to_nhcb`).
 * A histogram that is there as an exponential one too stays classic. Source: Prometheus model/textparse/nhcbparse.go; unlike
 * there, samples that do not make a histogram stay, so that nothing of the page is lost.
 */
export function convertClassicHistograms(page: ScrapePage, options: ConvertClassicOptions): ScrapePage {
  if (page.fault !== undefined || !page.families.some(({ type }) => type === 'histogram')) return page;
  const converter = new Converter(page, options);
  let next = 0;
  for (let i = 0; i < page.count; i++) {
    for (let family = page.families[next]; family !== undefined && family.from <= i; family = page.families[++next]) converter.startFamily(family.name, family.type);
    converter.take(i);
  }
  return converter.build(page.families.slice(next));
}

class Converter {
  readonly #page: ScrapePage;
  readonly #options: ConvertClassicOptions;
  readonly #out: PageBuilder;
  /** By index in the page: the sample of the new page that has its exemplars. */
  readonly #movedTo: Int32Array;
  #family = '';
  #type = 'unknown';
  #gathered: Gathered | undefined;
  /** The labels of the exponential histogram that stood last. */
  #exponential = '';

  constructor(page: ScrapePage, options: ConvertClassicOptions) {
    this.#page = page;
    this.#options = options;
    this.#out = new PageBuilder(options.hints);
    this.#movedTo = new Int32Array(page.count).fill(-1);
  }

  startFamily(name: string, type: string): void {
    this.#emit();
    this.#family = name;
    this.#type = type;
    this.#out.startFamily(name, type);
  }

  take(index: number): void {
    if (this.#page.histograms?.has(index) === true) {
      this.#emit();
      const labels = readable(this.#page.series[index] ?? '');
      this.#exponential = labels === undefined ? '' : labelsKey(labels);
      return this.#copy(index);
    }
    const classic = this.#type === 'histogram' ? this.#classicOf(index) : undefined;
    if (classic === undefined) {
      this.#emit();
      return this.#copy(index);
    }
    if (this.#gathered?.key !== classic.key) {
      this.#emit();
      this.#gathered = { key: classic.key, labels: classic.labels, indexes: [], samples: new ClassicHistogramSamples() };
    }
    this.#gathered.indexes.push(index);
    const value = this.#page.values[index] ?? NaN;
    if (classic.part === 'bucket') this.#gathered.samples.setBucketCount(classic.bound, value);
    else if (classic.part === 'count') this.#gathered.samples.setCount(value);
    else this.#gathered.samples.setSum(value);
  }

  build(families: ScrapePage['families']): ScrapePage {
    this.#emit();
    for (const { name, type } of families) this.#out.startFamily(name, type);
    for (const exemplar of this.#page.exemplars) {
      const index = this.#movedTo[exemplar.index] ?? -1;
      if (index >= 0) this.#out.addExemplar({ ...exemplar, index });
    }
    for (const [name, said] of this.#page.metadata) this.#out.describe(name, said);
    return this.#out.build();
  }

  /** What a sample tells of a classic histogram of the family, unless it is an exponential one too. */
  #classicOf(index: number): { readonly key: string; readonly labels: Labels; readonly part: 'bucket' | 'count' | 'sum'; readonly bound: number } | undefined {
    const labels = readable(this.#page.series[index] ?? '');
    const sample = labels === undefined ? undefined : classicSampleOf(labelValue(labels, METRIC_NAME));
    if (labels === undefined || sample === undefined || sample.name !== this.#family) return undefined;
    const bound = sample.part === 'bucket' ? parseFloatText(labelValue(labels, 'le')) : 0;
    if (bound === undefined || Number.isNaN(bound)) return undefined;
    const own = { ...withoutLabels(labels, BUCKET), [METRIC_NAME]: sample.name };
    const key = labelsKey(own);
    return key === this.#exponential ? undefined : { key, labels: own, part: sample.part, bound };
  }

  /** Ends the histogram that is being gathered. */
  #emit(): void {
    const gathered = this.#gathered;
    if (gathered === undefined) return;
    this.#gathered = undefined;
    const converted = gathered.samples.convert();
    const good = converted.ok && validateHistogram(converted.histogram) === undefined;
    if (!good || this.#options.keepClassic) for (const index of gathered.indexes) this.#copy(index);
    if (!good) return;
    const [first = 0] = gathered.indexes;
    const text = seriesText(gathered.labels);
    const index = this.#out.count;
    this.#out.addHistogram(text, this.#options.hints.indexOf(text) ?? -1, converted.histogram, this.#page.timestamps?.[first] ?? NaN);
    const start = this.#page.startTimestamps?.get(first);
    if (start !== undefined) this.#out.setStartTimestamp(index, start);
    for (const each of gathered.indexes) this.#movedTo[each] = index;
  }

  #copy(index: number): void {
    const { series, hinted, values, timestamps, histograms, startTimestamps } = this.#page;
    const at = this.#out.count;
    const histogram = histograms?.get(index);
    if (histogram === undefined) this.#out.add(series[index] ?? '', hinted[index] ?? -1, values[index] ?? NaN, timestamps?.[index] ?? NaN);
    else this.#out.addHistogram(series[index] ?? '', hinted[index] ?? -1, histogram, timestamps?.[index] ?? NaN);
    const start = startTimestamps?.get(index);
    if (start !== undefined) this.#out.setStartTimestamp(at, start);
    this.#movedTo[index] = at;
  }
}

/** The labels of a series; none when it is wrong, which is told where its page is taken. */
function readable(text: string): Labels | undefined {
  try {
    return readSeries(text);
  } catch (error) {
    if (error instanceof ExpositionError) return undefined;
    throw error;
  }
}
