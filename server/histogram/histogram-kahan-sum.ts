import { bucketsWithinZero, mergeLayouts, sameSpans } from './bucket-layout.ts';
import { addCompensated, lossOf } from './compensated-sum.ts';
import { combineHints } from './counter-reset-hint.ts';
import { addOverBounds, commonBounds } from './custom-bounds.ts';
import type { BucketSpan, FloatHistogram } from './float-histogram.ts';
import { sameBounds, usesCustomBuckets } from './histogram-schema.ts';
import { copyHistogram, type MutableHistogram } from './mutable-histogram.ts';
import { reduceSideCompensated } from './reduce-resolution.ts';
import { reconcileZeroBuckets } from './zero-bucket.ts';

/** What became of a histogram that was added: whether custom bounds had to be reconciled, or that the kinds do not mix. */
export type AddedHistogram = { readonly kind: 'added'; readonly nhcbBoundsReconciled: boolean } | { readonly kind: 'incompatible' };
const ADDED: AddedHistogram = { kind: 'added', nhcbBoundsReconciled: false };
const ADDED_RECONCILED: AddedHistogram = { kind: 'added', nhcbBoundsReconciled: true };
const NOT_ADDED: AddedHistogram = { kind: 'incompatible' };

/**
 * A sum of histograms that keeps what rounding loses (Neumaier) of every bucket and total, as `sum` and `sum_over_time` do.
 * Source: model/histogram/float_histogram.go `KahanAdd`, promql/engine.go `aggregation`.
 */
export class HistogramKahanSum {
  #sum: MutableHistogram;
  #lost: MutableHistogram | undefined;

  constructor(first: FloatHistogram) {
    this.#sum = copyHistogram(first);
  }

  /** Adds one. When it is incompatible the sum stays as it was. */
  add(h: FloatHistogram): AddedHistogram {
    if (usesCustomBuckets(this.#sum) !== usesCustomBuckets(h)) return NOT_ADDED;
    this.#lost ??= lostOf(this.#sum);
    return addInto(this.#sum, this.#lost, h);
  }

  /** The sum, not compacted. What is added later does not change it. */
  result(): FloatHistogram {
    return this.#lost === undefined ? copyHistogram(this.#sum) : withLost(this.#sum, this.#lost);
  }
}

/**
 * The mean of histograms: a sum that is divided at the end, and once the sum would overflow, a mean that moves with each
 * histogram. Source: promql/engine.go `aggregation` (avg), promql/functions.go `funcAvgOverTime`.
 */
export class HistogramKahanMean {
  /** The sum; the mean itself once `#moving`. */
  #value: MutableHistogram;
  #lost: MutableHistogram | undefined;
  #count = 1;
  #moving = false;

  constructor(first: FloatHistogram) {
    this.#value = copyHistogram(first);
  }

  /** Takes one in. When it is incompatible the mean is of no more use. */
  add(h: FloatHistogram): AddedHistogram {
    if (usesCustomBuckets(this.#value) !== usesCustomBuckets(h)) return NOT_ADDED;
    this.#count++;
    if (!this.#moving) {
      const sum = copyHistogram(this.#value);
      const lost = this.#lost === undefined ? lostOf(sum) : copyHistogram(this.#lost);
      const added = addInto(sum, lost, h);
      if (!hasOverflow(sum)) {
        this.#value = sum;
        this.#lost = lost;
        return added;
      }
      this.#moving = true;
      scaleInPlace(this.#value, (value) => value / (this.#count - 1));
      if (this.#lost !== undefined) scaleInPlace(this.#lost, (value) => value / (this.#count - 1));
    }
    const weight = (this.#count - 1) / this.#count;
    scaleInPlace(this.#value, (value) => value * weight);
    if (this.#lost !== undefined) scaleInPlace(this.#lost, (value) => value * weight);
    const share = copyHistogram(h);
    scaleInPlace(share, (value) => value / this.#count);
    this.#lost ??= lostOf(this.#value);
    return addInto(this.#value, this.#lost, share);
  }

  /** The mean, not compacted. */
  result(): FloatHistogram {
    const mean = copyHistogram(this.#value);
    const lost = this.#lost === undefined ? undefined : copyHistogram(this.#lost);
    if (!this.#moving) {
      scaleInPlace(mean, (value) => value / this.#count);
      if (lost !== undefined) scaleInPlace(lost, (value) => value / this.#count);
    }
    return lost === undefined ? mean : withLost(mean, lost);
  }
}

/** A histogram of the same buckets for what rounding loses of each; spans are always those of the sum. */
function lostOf(sum: MutableHistogram): MutableHistogram {
  return { ...sum, zeroCount: 0, count: 0, sum: 0, positiveBuckets: sum.positiveBuckets.map(() => 0), negativeBuckets: sum.negativeBuckets.map(() => 0) };
}

function addInto(sum: MutableHistogram, lost: MutableHistogram, other: FloatHistogram): AddedHistogram {
  sum.counterResetHint = combineHints(sum.counterResetHint, other.counterResetHint);
  const custom = usesCustomBuckets(sum);
  if (!custom) {
    const zero = reconcileZeroBuckets(sum, other, lost);
    lost.zeroThreshold = sum.zeroThreshold;
    addField(sum, lost, 'zeroCount', zero.count);
    addField(sum, lost, 'zeroCount', zero.lost);
  }
  addField(sum, lost, 'count', other.count);
  addField(sum, lost, 'sum', other.sum);
  if (custom && !sameBounds(sum.customValues, other.customValues)) {
    addOtherBounds(sum, lost, other);
    return ADDED_RECONCILED;
  }
  addSides(sum, lost, other);
  return ADDED;
}

function addField(sum: MutableHistogram, lost: MutableHistogram, field: 'zeroCount' | 'count' | 'sum', value: number): void {
  const total = sum[field] + value;
  lost[field] = lossOf(sum[field], value, total, lost[field]);
  sum[field] = total;
}

function addOtherBounds(sum: MutableHistogram, lost: MutableHistogram, other: FloatHistogram): void {
  const bounds = commonBounds(sum.customValues, other.customValues);
  const a = { spans: sum.positiveSpans, buckets: sum.positiveBuckets, bounds: sum.customValues };
  const b = { spans: other.positiveSpans, buckets: other.positiveBuckets, bounds: other.customValues };
  const added = addOverBounds(a, b, bounds, 1, lost.positiveBuckets);
  sum.positiveSpans = added.spans;
  sum.positiveBuckets = added.buckets;
  lost.positiveBuckets = added.lost;
  sum.customValues = bounds;
}

interface CompensatedSide {
  readonly spans: readonly BucketSpan[];
  readonly buckets: number[];
  readonly lost: number[];
}

function addSides(sum: MutableHistogram, lost: MutableHistogram, other: FloatHistogram): void {
  const schema = Math.min(sum.schema, other.schema);
  const positive = addSide(
    atSchema(sum.positiveSpans, sum.positiveBuckets, lost.positiveBuckets, sum.schema, schema),
    atSchema(other.positiveSpans, other.positiveBuckets, undefined, other.schema, schema),
    schema,
    sum.zeroThreshold,
  );
  const negative = addSide(
    atSchema(sum.negativeSpans, sum.negativeBuckets, lost.negativeBuckets, sum.schema, schema),
    atSchema(other.negativeSpans, other.negativeBuckets, undefined, other.schema, schema),
    schema,
    sum.zeroThreshold,
  );
  sum.schema = schema;
  sum.positiveSpans = positive.spans;
  sum.positiveBuckets = positive.buckets;
  lost.positiveBuckets = positive.lost;
  sum.negativeSpans = negative.spans;
  sum.negativeBuckets = negative.buckets;
  lost.negativeBuckets = negative.lost;
}

type MaybeCompensated = { readonly spans: readonly BucketSpan[]; readonly buckets: readonly number[]; readonly lost: readonly number[] | undefined };

function atSchema(spans: readonly BucketSpan[], buckets: number[], lost: number[], schema: number, targetSchema: number): CompensatedSide;
function atSchema(spans: readonly BucketSpan[], buckets: readonly number[], lost: undefined, schema: number, targetSchema: number): MaybeCompensated;
function atSchema(spans: readonly BucketSpan[], buckets: readonly number[], lost: readonly number[] | undefined, schema: number, targetSchema: number): MaybeCompensated {
  return schema === targetSchema ? { spans, buckets, lost } : reduceSideCompensated({ spans, buckets }, lost ?? [], schema, targetSchema);
}

/** Adds b to a, in place where a has the buckets already. */
function addSide(a: CompensatedSide, b: MaybeCompensated, schema: number, zeroThreshold: number): CompensatedSide {
  if (b.spans.length === 0) return a;
  const skip = bucketsWithinZero(b.spans, schema, zeroThreshold);
  if (skip === 0 && sameSpans(a.spans, b.spans)) {
    for (let i = 0; i < a.buckets.length; i++) addBucket(a, i, b, i);
    return a;
  }
  const { spans, placeOfA, placeOfB } = mergeLayouts(a.spans, b.spans, skip);
  let length = 0;
  for (const span of spans) length += span.length;
  const out: CompensatedSide = { spans, buckets: Array.from<number>({ length }).fill(0), lost: Array.from<number>({ length }).fill(0) };
  const taken = Array.from<boolean>({ length }).fill(false);
  for (let i = 0; i < placeOfA.length; i++) {
    const place = placeOfA[i] ?? 0;
    out.buckets[place] = a.buckets[i] ?? 0;
    out.lost[place] = a.lost[i] ?? 0;
    taken[place] = true;
  }
  for (let i = 0; i < placeOfB.length; i++) {
    const place = placeOfB[i] ?? -1;
    if (place < 0) continue;
    if (taken[place]) {
      addBucket(out, place, b, i);
    } else {
      out.buckets[place] = b.buckets[i] ?? 0;
      out.lost[place] = b.lost?.[i] ?? 0;
    }
  }
  return out;
}

function addBucket(a: CompensatedSide, at: number, b: MaybeCompensated, from: number): void {
  addCompensated(a.buckets, a.lost, at, b.buckets[from] ?? 0);
  const lost = b.lost?.[from] ?? 0;
  if (lost !== 0) addCompensated(a.buckets, a.lost, at, lost);
}

/** The sum with what it lost added back; what was lost of buckets within the zero bucket is not. */
function withLost(sum: MutableHistogram, lost: MutableHistogram): FloatHistogram {
  const out = copyHistogram(sum);
  if (!usesCustomBuckets(sum)) out.zeroCount += lost.zeroCount;
  out.count += lost.count;
  out.sum += lost.sum;
  const { schema, zeroThreshold } = sum;
  for (let i = bucketsWithinZero(sum.positiveSpans, schema, zeroThreshold); i < out.positiveBuckets.length; i++) out.positiveBuckets[i] = (out.positiveBuckets[i] ?? 0) + (lost.positiveBuckets[i] ?? 0);
  for (let i = bucketsWithinZero(sum.negativeSpans, schema, zeroThreshold); i < out.negativeBuckets.length; i++) out.negativeBuckets[i] = (out.negativeBuckets[i] ?? 0) + (lost.negativeBuckets[i] ?? 0);
  return out;
}

function scaleInPlace(h: MutableHistogram, scaled: (value: number) => number): void {
  h.zeroCount = scaled(h.zeroCount);
  h.count = scaled(h.count);
  h.sum = scaled(h.sum);
  for (let i = 0; i < h.positiveBuckets.length; i++) h.positiveBuckets[i] = scaled(h.positiveBuckets[i] ?? 0);
  for (let i = 0; i < h.negativeBuckets.length; i++) h.negativeBuckets[i] = scaled(h.negativeBuckets[i] ?? 0);
}

function hasOverflow(h: MutableHistogram): boolean {
  return isInfinite(h.zeroCount) || isInfinite(h.count) || isInfinite(h.sum) || h.positiveBuckets.some(isInfinite) || h.negativeBuckets.some(isInfinite) || h.customValues.some(isInfinite);
}

function isInfinite(value: number): boolean {
  return value === Infinity || value === -Infinity;
}
