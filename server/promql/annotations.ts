import type { Span } from './ast.ts';
import { formatGoG, formatGoG2 } from './go-number.ts';
import { quote } from './go-string.ts';
import { positionOf } from './parse-failure.ts';

export type AnnotationLevel = 'warning' | 'info';
export type HistogramOperation = 'addition' | 'subtraction' | 'aggregation';

/** What one kind of annotation gathers over its occurrences, to be told in its text. */
interface ForcedMonotonicity {
  readonly kind: 'monotonicity';
  count: number;
  minTime: number;
  maxTime: number;
  minBucket: number;
  maxBucket: number;
  maxDiff: number;
}
interface Occurrences {
  readonly kind: 'occurrences';
  count: number;
}
type Detail = ForcedMonotonicity | Occurrences;
interface Annotation {
  readonly level: AnnotationLevel;
  readonly message: string;
  readonly span: Span;
  readonly detail: Detail | undefined;
}

const MAX_LISTED = 10;
const QUANTILE_URL = 'https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile';

/**
 * Notes that a query gathers about its input: one of a kind, with the place of the last (of those that gather details, the
 * first). Source: util/annotations Add, Merge.
 */
export class Annotations {
  readonly #byMessage = new Map<string, Annotation>();

  warn(message: string, span: Span): void {
    this.#add('warning', `PromQL warning: ${message}`, span);
  }
  info(message: string, span: Span): void {
    this.#add('info', `PromQL info: ${message}`, span);
  }

  invalidQuantile(q: number, span: Span): void {
    this.warn(`quantile value should be between 0 and 1, got ${formatGoG(q)}`, span);
  }
  possibleNonCounter(metricName: string, span: Span): void {
    this.info(`metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${quote(metricName)}`, span);
  }
  /** The same by the label `__type__`, where metrics carry their type. */
  possibleNonCounterType(metricName: string, type: string, span: Span): void {
    this.info(`metric might not be a counter, __type__ label is not set to "counter" or "histogram", got ${quote(type)}: ${quote(metricName)}`, span);
  }
  badBucketLabel(metricName: string, label: string, span: Span): void {
    this.warn(`bucket label "le" is missing or has a malformed value of ${quote(label)}${forMetric(metricName)}`, span);
  }
  mixedFloatsHistograms(metricName: string, span: Span): void {
    this.warn(`encountered a mix of histograms and floats for metric name ${quote(metricName)}`, span);
  }
  mixedFloatsHistogramsInAggregation(span: Span): void {
    this.warn('encountered a mix of histograms and floats for aggregation', span);
  }
  mixedClassicNative(metricName: string, span: Span): void {
    this.warn(`vector contains a mix of classic and native histograms${forMetric(metricName)}`, span);
  }
  notCounter(metricName: string, span: Span): void {
    this.warn(`this native histogram metric is not a counter: ${quote(metricName)}`, span);
  }
  notGauge(metricName: string, span: Span): void {
    this.warn(`this native histogram metric is not a gauge: ${quote(metricName)}`, span);
  }
  mixedExponentialCustom(metricName: string, span: Span): void {
    this.warn(`vector contains a mix of histograms with exponential and custom buckets schemas for metric name ${quote(metricName)}`, span);
  }
  resetCollision(operation: HistogramOperation, span: Span): void {
    this.warn(`conflicting counter resets during histogram ${operation}`, span);
  }
  mismatchedBuckets(operation: HistogramOperation, span: Span): void {
    this.info(`mismatched custom buckets were reconciled during ${operation}`, span);
  }
  ignoredInAggregation(aggregation: string, span: Span): void {
    this.info(`ignored histogram in ${aggregation} aggregation`, span);
  }
  ignoredInMixedRange(metricName: string, span: Span): void {
    this.info(`ignored histograms in a range containing both floats and histograms for metric name ${quote(metricName)}`, span);
  }
  quantileOfNaNs(result: 'nan' | 'skewed', metricName: string, span: Span): void {
    const outcome = result === 'nan' ? 'result is NaN' : 'result is skewed higher';
    this.info(`input to histogram_quantile has NaN observations, ${outcome}${forMetric(metricName)}`, span);
  }
  fractionOfNaNs(metricName: string, span: Span): void {
    this.info(`input to histogram_fraction has NaN observations, which are excluded from all fractions${forMetric(metricName)}`, span);
  }

  /** A counter's start lies before the sample before it, so the two overlap. */
  startTimeOverlap(metricName: string, span: Span): void {
    const message = `PromQL warning: sample has start time that overlaps with previous sample timestamp for metric ${quote(metricName)}`;
    const detail = this.#add('warning', message, span, { kind: 'occurrences', count: 0 });
    if (detail?.kind === 'occurrences') detail.count++;
  }

  /** Buckets of a classic histogram that had to be made monotonic; `time` is the evaluation time in ms. */
  forcedMonotonicity(metricName: string, span: Span, time: number, found: { readonly minBucket: number; readonly maxBucket: number; readonly maxDiff: number }): void {
    const message = `PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see ${QUANTILE_URL})${forMetric(metricName)}`;
    const fresh: ForcedMonotonicity = { kind: 'monotonicity', count: 0, minTime: time, maxTime: time, minBucket: Infinity, maxBucket: -Infinity, maxDiff: 0 };
    const detail = this.#add('info', message, span, fresh);
    if (detail?.kind !== 'monotonicity') return;
    detail.count++;
    detail.minTime = Math.min(detail.minTime, time);
    detail.maxTime = Math.max(detail.maxTime, time);
    detail.minBucket = Math.min(detail.minBucket, found.minBucket);
    detail.maxBucket = Math.max(detail.maxBucket, found.maxBucket);
    detail.maxDiff = Math.max(detail.maxDiff, found.maxDiff);
  }

  /** The texts of one level with their place in the query; at most `limit` and then how many more. */
  render(level: AnnotationLevel, query: string, limit = MAX_LISTED): string[] {
    const all = [...this.#byMessage.values()].filter((one) => one.level === level);
    const texts = all.slice(0, limit).map((one) => `${one.message}${detailText(one.detail)} (${place(query, one.span)})`);
    if (all.length > limit) texts.push(`${all.length - limit} more ${level} annotations omitted`);
    return texts;
  }

  #add(level: AnnotationLevel, message: string, span: Span, detail?: Detail): Detail | undefined {
    const known = this.#byMessage.get(message);
    if (known?.detail !== undefined) return known.detail;
    this.#byMessage.set(message, { level, message, span, detail });
    return detail;
  }
}

function forMetric(name: string): string {
  return name === '' ? '' : ` for metric name ${quote(name)}`;
}

function detailText(detail: Detail | undefined): string {
  if (detail === undefined) return '';
  if (detail.kind === 'occurrences') return detail.count > 1 ? ` (${detail.count} occurrences)` : '';
  const { minBucket, maxBucket, maxDiff, count, minTime, maxTime } = detail;
  return `, from buckets ${formatGoG(minBucket)} to ${formatGoG(maxBucket)}, with a max diff of ${formatGoG2(maxDiff)}, over ${count} samples from ${rfc3339(minTime)} to ${rfc3339(maxTime)}`;
}

function rfc3339(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

function place(query: string, span: Span): string {
  const { line, column } = positionOf(query, span.start);
  return `${line}:${column}`;
}
