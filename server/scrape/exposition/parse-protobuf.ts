import { formatOpenMetricsFloat } from '#server/promql/go-number.ts';
import { canonicalValue } from '#server/timeseries/stale-marker.ts';
import { ProtobufError, ProtobufReader } from '#server/wire/protobuf-reader.ts';
import { ExpositionError } from './exposition-error.ts';
import type { ParseOpenMetricsOptions } from './parse-openmetrics.ts';
import { tooManySamples } from './parse-text.ts';
import { readMetric, type ProtobufExemplar, type ProtobufHistogram, type ProtobufMetric } from './protobuf-metric.ts';
import { nativeHistogramOf } from './protobuf-native-histogram.ts';
import { NO_HINTS, PageBuilder, type ScrapePage, type SeriesHints } from './scrape-page.ts';

/** MetricType of the format by number. */
const TYPES = ['counter', 'gauge', 'summary', 'unknown', 'histogram', 'gaugehistogram'] as const;
type FamilyType = (typeof TYPES)[number];
const PLAIN_NAME = /^[a-zA-Z_:][\w:]*$/;
const PLAIN_LABEL = /^[a-zA-Z_]\w*$/;

interface Family {
  readonly name: string;
  readonly help: string;
  readonly unit: string;
  readonly type: FamilyType;
}

export interface ParseProtobufOptions extends ParseOpenMetricsOptions {
  /** Gives native histograms; else only their classic buckets, count and sum. */
  readonly nativeHistograms?: boolean;
  /** Gives the classic buckets of a histogram that is given as native, too. */
  readonly alwaysClassicHistograms?: boolean;
}

/**
 * Reads a page of length-delimited `io.prometheus.client.MetricFamily` messages. Never throws: what is wrong first is the
 * page's fault, and its samples are those before. Source: Prometheus model/textparse/protobufparse.go.
 */
export function parseProtobuf(body: Uint8Array, options: ParseProtobufOptions = {}): ScrapePage {
  const writer = new SeriesWriter(options);
  const stream = new ProtobufReader(body);
  try {
    while (stream.offset < body.byteLength) readFamily(stream.delimited(), writer);
    return writer.page.build();
  } catch (error) {
    if (error instanceof ProtobufError || error instanceof ExpositionError) return writer.page.build(error.message);
    throw error;
  }
}

function readFamily(reader: ProtobufReader, writer: SeriesWriter): void {
  let name = '';
  let help = '';
  let unit = '';
  let type = 0;
  const metrics: ProtobufReader[] = [];
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) help = reader.string();
    else if (reader.field === 3) type = reader.int();
    else if (reader.field === 4) metrics.push(reader.message());
    else if (reader.field === 5) unit = reader.string();
    else reader.skip();
  }
  if (metrics.length === 0) return;
  if (name === '') throw new ExpositionError('a metric family has no name');
  const known = TYPES[type];
  if (known === undefined) throw new ExpositionError(`the metric ${name} has a type of the unknown number ${type}`);
  const family: Family = { name, help, unit, type: known };
  writer.startFamily(family);
  for (const metric of metrics) writer.write(family, readMetric(metric));
}

/** Writes the samples of metrics to a page, each with the text of its series. */
class SeriesWriter {
  readonly page: PageBuilder;
  readonly #hints: SeriesHints;
  readonly #options: ParseProtobufOptions;
  /** Targets write their series in the same order each time: the hint after the last one found is tried first. */
  #nextHint = 0;

  constructor(options: ParseProtobufOptions) {
    this.#hints = options.hints ?? NO_HINTS;
    this.page = new PageBuilder(this.#hints);
    this.#options = options;
  }

  startFamily({ name, type, help, unit }: Family): void {
    this.page.describe(name, { type, help, unit });
    this.page.startFamily(name, type);
  }

  write(family: Family, metric: ProtobufMetric): void {
    switch (family.type) {
      case 'counter': {
        const index = this.#add(metric, family.name, '', metric.value, metric.startTimestamp);
        if (metric.exemplar !== undefined) this.page.addExemplar({ ...metric.exemplar, index });
        return;
      }
      case 'gauge':
      case 'unknown':
        this.#add(metric, family.name, '', metric.value, undefined);
        return;
      case 'summary':
        this.#writeSummary(family, metric);
        return;
      case 'histogram':
      case 'gaugehistogram':
        this.#writeHistogram(family, metric);
    }
  }

  #writeSummary({ name }: Family, metric: ProtobufMetric): void {
    const { summary } = metric;
    if (summary === undefined) throw new ExpositionError(`a metric of the summary ${name} has no summary`);
    this.#add(metric, `${name}_count`, '', summary.count, summary.startTimestamp);
    this.#add(metric, `${name}_sum`, '', summary.sum, summary.startTimestamp);
    for (const { quantile, value } of summary.quantiles) this.#add(metric, name, `quantile="${formatOpenMetricsFloat(quantile)}"`, value, summary.startTimestamp);
  }

  #writeHistogram({ name, type }: Family, metric: ProtobufMetric): void {
    const { histogram } = metric;
    if (histogram === undefined) throw new ExpositionError(`a metric of the histogram ${name} has no histogram`);
    const native = this.#options.nativeHistograms === true ? nativeHistogramOf(histogram, type === 'gaugehistogram', name) : undefined;
    if (native !== undefined) {
      const index = this.#text(seriesText(name, metric.labels, ''), (text, hinted) => this.page.addHistogram(text, hinted, native, timeOf(metric)));
      this.#setStart(index, histogram.startTimestamp);
      for (const exemplar of nativeExemplars(histogram)) this.page.addExemplar({ ...exemplar, index });
    }
    if (native === undefined || (this.#options.alwaysClassicHistograms === true && histogram.buckets.length > 0)) this.#writeClassic(name, metric, histogram);
  }

  #writeClassic(name: string, metric: ProtobufMetric, histogram: ProtobufHistogram): void {
    const { startTimestamp, buckets } = histogram;
    const count = histogram.countFloat > 0 ? histogram.countFloat : histogram.count;
    this.#add(metric, `${name}_count`, '', count, startTimestamp);
    this.#add(metric, `${name}_sum`, '', histogram.sum, startTimestamp);
    for (const { bound, cumulative, exemplar } of buckets) {
      const index = this.#add(metric, `${name}_bucket`, `le="${formatOpenMetricsFloat(bound)}"`, cumulative, startTimestamp);
      if (exemplar !== undefined) this.page.addExemplar({ ...exemplar, index });
    }
    if (buckets.at(-1)?.bound !== Infinity) this.#add(metric, `${name}_bucket`, 'le="+Inf"', count, startTimestamp);
  }

  #add(metric: ProtobufMetric, name: string, extra: string, value: number, startTimestamp: number | undefined): number {
    const index = this.#text(seriesText(name, metric.labels, extra), (text, hinted) => this.page.add(text, hinted, canonicalValue(value), timeOf(metric)));
    this.#setStart(index, startTimestamp);
    return index;
  }

  #text(text: string, add: (text: string, hinted: number) => void): number {
    const index = this.page.count;
    const { maxSamples = Infinity } = this.#options;
    if (index >= maxSamples) throw tooManySamples(maxSamples, 0);
    const hinted = this.#hints.texts[this.#nextHint] === text ? this.#nextHint : (this.#hints.indexOf(text) ?? -1);
    if (hinted >= 0) this.#nextHint = hinted + 1;
    add(text, hinted);
    return index;
  }

  #setStart(index: number, startTimestamp: number | undefined): void {
    if (startTimestamp !== undefined && this.#options.startTimestamps === true) this.page.setStartTimestamp(index, startTimestamp);
  }
}

/** Exemplars of a native histogram count with a time only; those of its classic buckets stand in when it has none. */
function nativeExemplars({ exemplars, buckets }: ProtobufHistogram): ProtobufExemplar[] {
  const all = exemplars.length > 0 ? exemplars : buckets.flatMap(({ exemplar }) => exemplar ?? []);
  return all.filter(({ timestamp }) => timestamp !== undefined);
}

/** Unix ms. The format does not tell 0 from none. */
function timeOf({ timestamp }: ProtobufMetric): number {
  return timestamp === 0 ? NaN : timestamp;
}

function seriesText(name: string, labels: readonly (readonly [name: string, value: string])[], extra: string): string {
  let text = PLAIN_NAME.test(name) ? '' : quoted(name);
  for (const [label, value] of labels) text += `${text === '' ? '' : ','}${PLAIN_LABEL.test(label) ? label : quoted(label)}=${quoted(value)}`;
  if (extra !== '') text += `${text === '' ? '' : ','}${extra}`;
  const braces = text === '' ? '' : `{${text}}`;
  return PLAIN_NAME.test(name) ? name + braces : braces;
}

function quoted(text: string): string {
  return /["\\\n]/.test(text) ? `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"` : `"${text}"`;
}
