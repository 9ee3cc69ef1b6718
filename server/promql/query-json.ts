import { histogramJson } from '#server/histogram/format-histogram.ts';
import { labelValue, sortedNames } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import { formatApiFloat } from './go-number.ts';
import { JsonBytes } from './json-bytes.ts';
import type { HistogramPair, QueryAnswer, QueryJson, SamplePair } from './metrics-backend.ts';

const TRUNCATED = 'results truncated due to limit';
const MAX_CACHED_LABELS = 20_000;

const encoder = new TextEncoder();
// One for all answers: fresh memory for some megabytes costs as much as filling it.
const out = new JsonBytes();
let labelsCache = new WeakMap<Labels, Uint8Array>();
let cachedLabels = 0;

/**
 * A whole answer in the form the HTTP API hands on: values are strings, because JSON has no NaN and infinities. `limit`
 * cuts vectors and matrices. Written as bytes at once: objects and strings in between would cost more than the query.
 * Source of the form: Prometheus web/api/v1/json_codec.go and util/jsonutil/marshal.go.
 */
export function toQueryJson(answer: QueryAnswer, limit = Infinity, stats?: QueryStats): QueryJson {
  const { value } = answer;
  out.clear();
  out.ascii(`{"resultType":"${value.resultType}","result":`);
  let truncated = false;
  switch (value.resultType) {
    case 'vector':
      truncated = value.result.length > limit;
      writeList(value.result, limit, ({ metric, value: pair, histogram }) => {
        writeMetric(metric, value.result.length);
        if (histogram === undefined) {
          out.ascii(',"value":');
          writePair(pair);
        } else {
          out.ascii(',"histogram":');
          writeHistogramPair([pair[0], histogram]);
        }
        out.ascii('}');
      });
      break;
    case 'matrix':
      truncated = value.result.length > limit;
      writeList(value.result, limit, ({ metric, values, histograms = [] }) => {
        writeMetric(metric, value.result.length);
        if (values.length > 0) {
          out.ascii(',"values":');
          writeList(values, Infinity, writePair);
        }
        if (histograms.length > 0) {
          out.ascii(',"histograms":');
          writeList(histograms, Infinity, writeHistogramPair);
        }
        out.ascii('}');
      });
      break;
    case 'scalar':
      writePair(value.result);
      break;
    case 'string':
      out.ascii(`[${formatApiTime(value.result[0])},`);
      out.bytes(encoder.encode(`${JSON.stringify(value.result[1])}]`));
      break;
  }
  out.ascii(stats === undefined ? '}' : `,"stats":${statsJson(stats)}}`);
  return { data: out.take(), infos: answer.infos, warnings: truncated ? [...answer.warnings, TRUNCATED] : answer.warnings };
}

/** What a query cost. */
export interface QueryStats {
  readonly seconds: number;
  /** Samples it looked at, those of overlapping windows each time, and the most it held at once. */
  readonly touched: number;
  readonly peak: number;
}

/** Source: util/stats/query_stats.go. Nothing waits in a queue of its own or is sorted apart here. */
function statsJson({ seconds, touched, peak }: QueryStats): string {
  const timings = { evalTotalTime: seconds, resultSortTime: 0, queryPreparationTime: 0, innerEvalTime: seconds, execQueueTime: 0, execTotalTime: seconds };
  return JSON.stringify({ timings, samples: { totalQueryableSamples: touched, peakSamples: peak } });
}

/** A time in seconds with all three decimals of its milliseconds or none, as Prometheus writes it. */
export function formatApiTime(seconds: number): string {
  const ms = Math.round(seconds * 1000);
  return ms % 1000 === 0 ? String(ms / 1000) : (ms / 1000).toFixed(3);
}

// The series of an answer have the same times; by the low bits of the time.
const timeKeys = new Float64Array(1024).fill(NaN);
const timeTexts: string[] = [];

function cachedTime(seconds: number): string {
  const at = Math.round(seconds * 8) & 1023;
  if (timeKeys[at] !== seconds) {
    timeKeys[at] = seconds;
    timeTexts[at] = formatApiTime(seconds);
  }
  return timeTexts[at] ?? '';
}

function writeList<T>(items: readonly T[], limit: number, write: (item: T) => void): void {
  out.ascii('[');
  let first = true;
  for (const item of items.length > limit ? items.slice(0, limit) : items) {
    if (!first) out.ascii(',');
    first = false;
    write(item);
  }
  out.ascii(']');
}

function writeMetric(metric: Labels, ofSeries: number): void {
  out.ascii('{"metric":');
  // An answer larger than the cache would only push everything out of it.
  out.bytes(ofSeries > MAX_CACHED_LABELS ? labelsJson(metric) : cachedLabelsJson(metric));
}

function writeHistogramPair([time, histogram]: HistogramPair): void {
  out.ascii(`[${cachedTime(time)},${histogramJson(histogram)}]`);
}

function writePair([time, value]: SamplePair): void {
  out.ascii('[');
  out.ascii(cachedTime(time));
  out.ascii(',"');
  out.ascii(formatApiFloat(value));
  out.ascii('"]');
}

/** A store gives the same object for a series every time, so its text is made once. */
function cachedLabelsJson(labels: Labels): Uint8Array {
  const known = labelsCache.get(labels);
  if (known !== undefined) return known;
  const bytes = labelsJson(labels);
  // Bounded: labels live as long as their series, and not every series is asked for again.
  if (++cachedLabels > MAX_CACHED_LABELS) {
    labelsCache = new WeakMap();
    cachedLabels = 0;
  }
  labelsCache.set(labels, bytes);
  return bytes;
}

function labelsJson(labels: Labels): Uint8Array {
  let text = '{';
  for (const name of sortedNames(labels)) text += `${text.length === 1 ? '' : ','}${JSON.stringify(name)}:${JSON.stringify(labelValue(labels, name))}`;
  return encoder.encode(`${text}}`);
}
