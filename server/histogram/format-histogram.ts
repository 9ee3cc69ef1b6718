import { formatApiFloat, formatGoG } from '#server/promql/go-number.ts';
import { BucketWalk, negativeBucketsOf, positiveBucketsOf, type Bucket } from './buckets.ts';
import { compactHistogram } from './compact-histogram.ts';
import type { BucketSpan, CounterResetHint, FloatHistogram } from './float-histogram.ts';
import { usesCustomBuckets } from './histogram-schema.ts';

const HINT_WORDS: Readonly<Record<Exclude<CounterResetHint, 'unknown'>, string>> = { reset: 'reset', 'not-reset': 'not_reset', gauge: 'gauge' };

/** A histogram for people: totals and populated buckets with their bounds. Source: model/histogram/float_histogram.go `String`. */
export function formatHistogram(h: FloatHistogram): string {
  const zero: Bucket = { lower: -h.zeroThreshold, upper: h.zeroThreshold, lowerInclusive: true, upperInclusive: true, count: h.zeroCount, index: 0 };
  const buckets = [...(usesCustomBuckets(h) ? [] : [...negativeBucketsOf(h).reverse(), zero]), ...positiveBucketsOf(h)];
  let text = `{count:${formatGoG(h.count)}, sum:${formatGoG(h.sum)}`;
  for (const { lower, upper, lowerInclusive, upperInclusive, count } of buckets) {
    if (count !== 0) text += `, ${lowerInclusive ? '[' : '('}${formatGoG(lower)},${formatGoG(upper)}${upperInclusive ? ']' : ')'}:${formatGoG(count)}`;
  }
  return `${text}}`;
}

/** A histogram as test scripts write it: `{{schema:1 count:2 …}}`. Source: model/histogram/float_histogram.go `TestExpression`. */
export function histogramTestExpression(h: FloatHistogram): string {
  const compact = compactHistogram(h, Infinity);
  const parts: string[] = [];
  const add = (key: string, value: number): void => {
    if (value !== 0) parts.push(`${key}:${formatGoG(value)}`);
  };
  add('schema', compact.schema);
  add('count', compact.count);
  add('sum', compact.sum);
  add('z_bucket', compact.zeroCount);
  add('z_bucket_w', compact.zeroThreshold);
  if (usesCustomBuckets(compact)) parts.push(`custom_values:${list(compact.customValues)}`);
  if (compact.counterResetHint !== 'unknown') parts.push(`counter_reset_hint:${HINT_WORDS[compact.counterResetHint]}`);
  const addSide = (key: string, offsetKey: string, buckets: readonly number[], [span]: readonly BucketSpan[]): void => {
    add(offsetKey, span?.offset ?? 0);
    if (buckets.length > 0) parts.push(`${key}:${list(buckets)}`);
  };
  addSide('buckets', 'offset', compact.positiveBuckets, compact.positiveSpans);
  addSide('n_buckets', 'n_offset', compact.negativeBuckets, compact.negativeSpans);
  return `{{${parts.join(' ')}}}`;
}

function list(values: readonly number[]): string {
  return `[${values.map(formatGoG).join(' ')}]`;
}

/**
 * A histogram as the HTTP API writes it: `{"count":"…","sum":"…","buckets":[[rule,"lower","upper","count"]]}`, where the rule
 * tells which bounds belong to the bucket: 0 upper, 1 lower, 2 none, 3 both. Source: util/jsonutil `MarshalHistogram`.
 */
export function histogramJson(h: FloatHistogram): string {
  let buckets = '';
  const walk = new BucketWalk(h, 'ascending');
  while (walk.next()) {
    if (walk.count === 0) continue;
    buckets += `${buckets === '' ? '' : ','}[${boundaryRule(walk)},"${formatApiFloat(walk.lower)}","${formatApiFloat(walk.upper)}","${formatApiFloat(walk.count)}"]`;
  }
  const totals = `"count":"${formatApiFloat(h.count)}","sum":"${formatApiFloat(h.sum)}"`;
  return buckets === '' ? `{${totals}}` : `{${totals},"buckets":[${buckets}]}`;
}

function boundaryRule({ lowerInclusive, upperInclusive }: BucketWalk): 0 | 1 | 2 | 3 {
  if (lowerInclusive) return upperInclusive ? 3 : 1;
  return upperInclusive ? 0 : 2;
}
