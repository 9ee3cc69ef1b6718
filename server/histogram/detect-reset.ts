import { bucketsWithinZero, indexesOf, sameSpans, type Side } from './bucket-layout.ts';
import type { FloatHistogram } from './float-histogram.ts';
import { sameBounds, usesCustomBuckets } from './histogram-schema.ts';
import { reduceSide } from './reduce-resolution.ts';
import { zeroBucketOf } from './zero-bucket.ts';

/**
 * Whether the counter behind `current` was reset after `previous`. A hint of `current` that tells is believed; else any
 * count that fell, a populated bucket that is gone, a finer schema, or a narrower zero bucket is a reset. The sum does not
 * matter. Source: model/histogram/float_histogram.go `DetectReset`.
 */
export function detectReset(current: FloatHistogram, previous: FloatHistogram): boolean {
  if (current.counterResetHint === 'reset') return true;
  if (current.counterResetHint === 'not-reset') return false;
  if (current.count < previous.count) return true;
  if (usesCustomBuckets(current)) {
    if (!usesCustomBuckets(previous)) return true;
    if (!sameBounds(current.customValues, previous.customValues)) return fellWithinCommonBounds(current, previous);
    return fell(positiveSide(current), positiveSide(previous));
  }
  if (current.schema > previous.schema || current.zeroThreshold < previous.zeroThreshold) return true;
  const zero = zeroBucketOf(previous, current.zeroThreshold);
  if (zero.threshold !== current.zeroThreshold || current.zeroCount < zero.count) return true;
  return sideFell(positiveSide(current), positiveSide(previous), current, previous) || sideFell(negativeSide(current), negativeSide(previous), current, previous);
}

function positiveSide(h: FloatHistogram): Side {
  return { spans: h.positiveSpans, buckets: h.positiveBuckets };
}

function negativeSide(h: FloatHistogram): Side {
  return { spans: h.negativeSpans, buckets: h.negativeBuckets };
}

function sideFell(current: Side, previous: Side, { schema, zeroThreshold }: FloatHistogram, before: FloatHistogram): boolean {
  const coarser = schema === before.schema ? previous : reduceSide(previous, before.schema, schema);
  return fell(current, coarser, bucketsWithinZero(current.spans, schema, zeroThreshold), bucketsWithinZero(coarser.spans, schema, zeroThreshold));
}

/** Whether a bucket is lower now, or gone though it was populated; the first `skip…` buckets belong to the zero bucket. */
function fell(current: Side, previous: Side, skipCurrent = 0, skipPrevious = 0): boolean {
  if (sameSpans(current.spans, previous.spans)) {
    for (let i = skipPrevious; i < previous.buckets.length; i++) if ((current.buckets[i] ?? 0) < (previous.buckets[i] ?? 0)) return true;
    return false;
  }
  const indexes = indexesOf(current.spans, current.buckets.length);
  const indexesBefore = indexesOf(previous.spans, previous.buckets.length);
  let at = skipCurrent;
  for (let i = skipPrevious; i < indexesBefore.length; i++) {
    const index = indexesBefore[i] ?? 0;
    const before = previous.buckets[i] ?? 0;
    while (at < indexes.length && (indexes[at] ?? 0) < index) at++;
    const isThere = at < indexes.length && indexes[at] === index;
    if (isThere ? (current.buckets[at] ?? 0) < before : before !== 0) return true;
  }
  return false;
}

/** Whether one of the custom buckets that both have, with all between them and the one before, is lower now. */
function fellWithinCommonBounds(current: FloatHistogram, previous: FloatHistogram): boolean {
  const now = new RisingCounts(current);
  const before = new RisingCounts(previous);
  let i = 0;
  let j = 0;
  while (i <= current.customValues.length && j <= previous.customValues.length) {
    const bound = current.customValues[i] ?? Infinity;
    const boundBefore = previous.customValues[j] ?? Infinity;
    if (bound === boundBefore && now.upTo(bound) < before.upTo(bound)) return true;
    if (bound <= boundBefore) i++;
    if (boundBefore <= bound) j++;
  }
  return false;
}

/** Sums the counts of custom buckets in steps of rising bounds. */
class RisingCounts {
  readonly #bounds: readonly number[];
  readonly #counts: readonly number[];
  readonly #indexes: readonly number[];
  #at = 0;

  constructor(h: FloatHistogram) {
    this.#bounds = h.customValues;
    this.#counts = h.positiveBuckets;
    this.#indexes = indexesOf(h.positiveSpans, h.positiveBuckets.length);
  }

  /** The count of the buckets that end at or below `bound` and were not counted before. */
  upTo(bound: number): number {
    let sum = 0;
    for (; this.#at < this.#indexes.length && (this.#bounds[this.#indexes[this.#at] ?? 0] ?? Infinity) <= bound; this.#at++) sum += this.#counts[this.#at] ?? 0;
    return sum;
  }
}
