import { CUSTOM_BUCKETS_SCHEMA, type BucketSpan, type FloatHistogram } from './float-histogram.ts';
import { runningSums } from './from-integer.ts';
import { isExponentialSchema, MAX_EXPONENTIAL_SCHEMA, MIN_EXPONENTIAL_SCHEMA } from './histogram-schema.ts';
import type { IntegerHistogram } from './integer-histogram.ts';

export type HistogramProblemCode =
  | 'invalid-schema'
  | 'negative-count'
  | 'negative-bucket-count'
  | 'span-negative-offset'
  | 'spans-buckets-mismatch'
  | 'count-mismatch'
  | 'count-not-big-enough'
  | 'custom-bounds-too-few'
  | 'custom-bounds-not-rising'
  | 'custom-bounds-infinite'
  | 'custom-bounds-nan'
  | 'custom-buckets-with-zero-or-negative'
  | 'exponential-with-custom-bounds';

/** Why a histogram cannot be taken. The message is worded as Prometheus does, with the place. */
export interface HistogramProblem {
  readonly code: HistogramProblemCode;
  readonly message: string;
}

/**
 * What is wrong with a histogram of floats, if anything: spans that do not fit the buckets, negative counts, fields its
 * schema has no use for. Its count is not held against its buckets: floats may be imprecise.
 * Source: model/histogram/float_histogram.go `Validate`.
 */
export function validateHistogram(h: FloatHistogram): HistogramProblem | undefined {
  return (
    checkShape(h, h.positiveBuckets.length, h.negativeBuckets.length) ??
    within('negative side', checkCounts(h.negativeBuckets)) ??
    (h.zeroCount < 0 ? problem('negative-bucket-count', `zero bucket has observation count of ${h.zeroCount}: ${NEGATIVE_BUCKET}`) : undefined) ??
    (h.count < 0 ? problem('negative-count', `observation count is  ${h.count}: histogram's observation count is negative`) : undefined) ??
    within('positive side', checkCounts(h.positiveBuckets))
  );
}

/**
 * What is wrong with a histogram of whole counts, if anything. The count has to be that of all buckets, or at least as much
 * when NaN was observed, which makes the sum NaN. Source: model/histogram/histogram.go `Validate`.
 */
export function validateIntegerHistogram(h: IntegerHistogram): HistogramProblem | undefined {
  const positive = runningSums(h.positiveDeltas);
  const negative = runningSums(h.negativeDeltas);
  const found = checkShape(h, positive.length, negative.length) ?? within('negative side', checkCounts(negative)) ?? within('positive side', checkCounts(positive));
  if (found !== undefined) return found;
  const observed = total(negative) + total(positive) + h.zeroCount;
  const place = `${observed} observations found in buckets, but the Count field is ${h.count}`;
  if (Number.isNaN(h.sum)) {
    if (observed > h.count) return problem('count-not-big-enough', `${place}: histogram's observation count should be at least the number of observations found in the buckets`);
  } else if (observed !== h.count) {
    return problem('count-mismatch', `${place}: histogram's observation count should equal the number of observations found in the buckets (in absence of NaN)`);
  }
  return undefined;
}

const NEGATIVE_BUCKET = 'histogram has a bucket whose observation count is negative';

function checkShape(h: FloatHistogram | IntegerHistogram, positiveBuckets: number, negativeBuckets: number): HistogramProblem | undefined {
  if (h.schema === CUSTOM_BUCKETS_SCHEMA) {
    return within('custom buckets', checkBounds(h.customValues) ?? checkSpans(h.positiveSpans, positiveBuckets, true) ?? checkCover(h)) ?? checkNothingBelow(h, negativeBuckets);
  }
  if (!isExponentialSchema(h.schema)) {
    return problem('invalid-schema', `histogram has an invalid schema, which must be between ${MIN_EXPONENTIAL_SCHEMA} and ${MAX_EXPONENTIAL_SCHEMA} for exponential buckets, or ${CUSTOM_BUCKETS_SCHEMA} for custom buckets, got schema ${h.schema}`);
  }
  const spans = within('positive side', checkSpans(h.positiveSpans, positiveBuckets, false)) ?? within('negative side', checkSpans(h.negativeSpans, negativeBuckets, false));
  if (spans !== undefined) return spans;
  return h.customValues.length > 0 ? problem('exponential-with-custom-bounds', 'histogram with exponential schema must not have custom bounds') : undefined;
}

function checkNothingBelow(h: FloatHistogram | IntegerHistogram, negativeBuckets: number): HistogramProblem | undefined {
  const code = 'custom-buckets-with-zero-or-negative';
  if (h.zeroCount !== 0) return problem(code, 'custom buckets: must have zero count of 0');
  if (h.zeroThreshold !== 0) return problem(code, 'custom buckets: must have zero threshold of 0');
  if (h.negativeSpans.length > 0) return problem(code, 'custom buckets: must not have negative spans');
  return negativeBuckets > 0 ? problem(code, 'custom buckets: must not have negative buckets') : undefined;
}

function checkBounds(bounds: readonly number[]): HistogramProblem | undefined {
  for (let i = 0; i < bounds.length; i++) {
    const bound = bounds[i] ?? NaN;
    if (Number.isNaN(bound)) return problem('custom-bounds-nan', 'histogram custom bounds must not be NaN');
    const before = bounds[i - 1];
    if (before !== undefined && bound <= before) return problem('custom-bounds-not-rising', `previous bound is ${before.toFixed(6)} and current is ${bound.toFixed(6)}: histogram custom bounds must be in strictly increasing order`);
  }
  return bounds.at(-1) === Infinity ? problem('custom-bounds-infinite', 'last +Inf bound must not be explicitly defined: histogram custom bounds must be finite') : undefined;
}

function checkSpans(spans: readonly BucketSpan[], buckets: number, firstToo: boolean): HistogramProblem | undefined {
  let named = 0;
  for (let i = 0; i < spans.length; i++) {
    const { offset, length } = spans[i] ?? { offset: 0, length: 0 };
    if ((i > 0 || firstToo) && offset < 0) return problem('span-negative-offset', `span number ${i + 1} with offset ${offset}: histogram has a span whose offset is negative`);
    named += length;
  }
  return named === buckets ? undefined : problem('spans-buckets-mismatch', `spans need ${named} buckets, have ${buckets} buckets: histogram spans specify different number of buckets than provided`);
}

function checkCover({ customValues, positiveSpans }: FloatHistogram | IntegerHistogram): HistogramProblem | undefined {
  let covered = 0;
  for (const { offset, length } of positiveSpans) covered += offset + length;
  if (customValues.length + 1 >= covered) return undefined;
  return problem('custom-bounds-too-few', `only ${customValues.length} custom bounds defined which is insufficient to cover total span length of ${covered}: histogram custom bounds are too few`);
}

function checkCounts(counts: readonly number[]): HistogramProblem | undefined {
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] ?? 0;
    if (count < 0) return problem('negative-bucket-count', `bucket number ${i + 1} has observation count of ${count}: ${NEGATIVE_BUCKET}`);
  }
  return undefined;
}

function total(counts: readonly number[]): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}

function problem(code: HistogramProblemCode, message: string): HistogramProblem {
  return { code, message };
}

function within(place: string, found: HistogramProblem | undefined): HistogramProblem | undefined {
  return found === undefined ? undefined : problem(found.code, `${place}: ${found.message}`);
}
