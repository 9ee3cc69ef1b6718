import type { Span } from './ast.ts';
import { formatGoG, formatGoG2 } from './go-number.ts';
import { quote } from './go-string.ts';
import { positionOf } from './parse-failure.ts';

export type AnnotationLevel = 'warning' | 'info';

interface ForcedMonotonicity {
  count: number;
  minTime: number;
  maxTime: number;
  minBucket: number;
  maxBucket: number;
  maxDiff: number;
}
interface Annotation {
  readonly level: AnnotationLevel;
  readonly message: string;
  readonly span: Span;
  readonly detail: ForcedMonotonicity | undefined;
}

const MAX_LISTED = 10;

/** Notes that a query gathers about its input: one of a kind, with the place of the first. Source: util/annotations. */
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
  badBucketLabel(metricName: string, label: string, span: Span): void {
    this.warn(`bucket label "le" is missing or has a malformed value of ${quote(label)}${forMetric(metricName)}`, span);
  }

  /** Buckets of a classic histogram that had to be made monotonic; `time` is the evaluation time in ms. */
  forcedMonotonicity(metricName: string, span: Span, time: number, found: { readonly minBucket: number; readonly maxBucket: number; readonly maxDiff: number }): void {
    const message = `PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)${forMetric(metricName)}`;
    const detail = this.#add('info', message, span, { count: 0, minTime: time, maxTime: time, minBucket: Infinity, maxBucket: -Infinity, maxDiff: 0 });
    if (detail === undefined) return;
    detail.count++;
    detail.minTime = Math.min(detail.minTime, time);
    detail.maxTime = Math.max(detail.maxTime, time);
    detail.minBucket = Math.min(detail.minBucket, found.minBucket);
    detail.maxBucket = Math.max(detail.maxBucket, found.maxBucket);
    detail.maxDiff = Math.max(detail.maxDiff, found.maxDiff);
  }

  /** The texts of one level with their place in the query; at most ten and then how many more. */
  render(level: AnnotationLevel, query: string): string[] {
    const all = [...this.#byMessage.values()].filter((one) => one.level === level);
    const texts = all.slice(0, MAX_LISTED).map((one) => `${one.message}${detailText(one.detail)} (${place(query, one.span)})`);
    if (all.length > MAX_LISTED) texts.push(`${all.length - MAX_LISTED} more ${level} annotations omitted`);
    return texts;
  }

  #add(level: AnnotationLevel, message: string, span: Span, detail?: ForcedMonotonicity): ForcedMonotonicity | undefined {
    const known = this.#byMessage.get(message);
    if (known !== undefined) return known.detail;
    this.#byMessage.set(message, { level, message, span, detail });
    return detail;
  }
}

function forMetric(name: string): string {
  return name === '' ? '' : ` for metric name ${quote(name)}`;
}

function detailText(detail: ForcedMonotonicity | undefined): string {
  if (detail === undefined) return '';
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
