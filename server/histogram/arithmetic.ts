import { bucketsWithinZero, mergeLayouts, sameSpans, type Side } from './bucket-layout.ts';
import { combineHints, hintsCollide } from './counter-reset-hint.ts';
import { addOverBounds, commonBounds } from './custom-bounds.ts';
import type { BucketSpan, FloatHistogram } from './float-histogram.ts';
import { sameBounds, usesCustomBuckets } from './histogram-schema.ts';
import { copyHistogram, type MutableHistogram } from './mutable-histogram.ts';
import { reduceSide } from './reduce-resolution.ts';
import { reconcileZeroBuckets } from './zero-bucket.ts';

export { HistogramKahanMean, HistogramKahanSum } from './histogram-kahan-sum.ts';

/** A sum or difference, and what a query should say of it. */
export interface CombinedHistogram {
  readonly kind: 'combined';
  readonly histogram: FloatHistogram;
  /** One tells of a counter reset, the other of none. */
  readonly counterResetCollision: boolean;
  /** Custom bounds differed; the result has those that both had. */
  readonly nhcbBoundsReconciled: boolean;
}
/** One histogram has exponential buckets and the other custom ones: they have no sum. */
export interface IncompatibleHistograms {
  readonly kind: 'incompatible';
}
const INCOMPATIBLE: IncompatibleHistograms = { kind: 'incompatible' };

/**
 * a + b. The result has the coarser schema and the wider zero bucket of the two, buckets of both (also empty ones), and the
 * hint that `combineHints` gives. Source: model/histogram/float_histogram.go `Add`.
 */
export function addHistograms(a: FloatHistogram, b: FloatHistogram): CombinedHistogram | IncompatibleHistograms {
  return combine(a, b, 1);
}

/** a - b, as `addHistograms`; for PromQL's `-` the result has to be made a gauge by the caller. Source: `Sub`. */
export function subtractHistograms(a: FloatHistogram, b: FloatHistogram): CombinedHistogram | IncompatibleHistograms {
  return combine(a, b, -1);
}

function combine(a: FloatHistogram, b: FloatHistogram, sign: 1 | -1): CombinedHistogram | IncompatibleHistograms {
  const custom = usesCustomBuckets(a);
  if (custom !== usesCustomBuckets(b)) return INCOMPATIBLE;
  const counterResetHint = combineHints(a.counterResetHint, b.counterResetHint);
  const counterResetCollision = hintsCollide(a.counterResetHint, b.counterResetHint);
  const totals = { counterResetHint, count: a.count + sign * b.count, sum: a.sum + sign * b.sum };
  if (custom && !sameBounds(a.customValues, b.customValues)) {
    const bounds = commonBounds(a.customValues, b.customValues);
    const { spans, buckets } = addOverBounds(customSide(a), customSide(b), bounds, sign);
    const histogram = { ...a, ...totals, customValues: bounds, positiveSpans: spans, positiveBuckets: buckets };
    return { kind: 'combined', histogram, counterResetCollision, nhcbBoundsReconciled: true };
  }
  return { kind: 'combined', histogram: custom || a.zeroThreshold === b.zeroThreshold ? combineAligned(a, b, totals, sign) : combineOverZero(a, b, totals, sign), counterResetCollision, nhcbBoundsReconciled: false };
}

type Totals = Pick<FloatHistogram, 'counterResetHint' | 'count' | 'sum'>;

/** Both have the same zero threshold, or custom buckets of the same bounds. */
function combineAligned(a: FloatHistogram, b: FloatHistogram, { counterResetHint, count, sum }: Totals, sign: 1 | -1, zeroCountOfB = b.zeroCount): FloatHistogram {
  const schema = Math.min(a.schema, b.schema);
  const { zeroThreshold, customValues } = a;
  const positive = combineSides(positiveSide(a, schema), positiveSide(b, schema), schema, zeroThreshold, sign);
  const negative = combineSides(negativeSide(a, schema), negativeSide(b, schema), schema, zeroThreshold, sign);
  return {
    counterResetHint,
    schema,
    zeroThreshold,
    zeroCount: a.zeroCount + sign * zeroCountOfB,
    count,
    sum,
    positiveSpans: positive.spans,
    negativeSpans: negative.spans,
    positiveBuckets: positive.buckets,
    negativeBuckets: negative.buckets,
    customValues,
  };
}

function combineOverZero(a: FloatHistogram, b: FloatHistogram, totals: Totals, sign: 1 | -1): FloatHistogram {
  const widened: MutableHistogram = copyHistogram(a);
  const zero = reconcileZeroBuckets(widened, b);
  return combineAligned(widened, b, totals, sign, zero.count);
}

function positiveSide(h: FloatHistogram, schema: number): Side {
  const side = { spans: h.positiveSpans, buckets: h.positiveBuckets };
  return schema === h.schema ? side : reduceSide(side, h.schema, schema);
}

function negativeSide(h: FloatHistogram, schema: number): Side {
  const side = { spans: h.negativeSpans, buckets: h.negativeBuckets };
  return schema === h.schema ? side : reduceSide(side, h.schema, schema);
}

function customSide(h: FloatHistogram): Side & { readonly bounds: readonly number[] } {
  return { spans: h.positiveSpans, buckets: h.positiveBuckets, bounds: h.customValues };
}

/** Buckets of `b` that lie within the zero bucket are left out: its count has them already. */
function combineSides(a: Side, b: Side, schema: number, zeroThreshold: number, sign: 1 | -1): Side {
  if (b.spans.length === 0) return a;
  const skip = bucketsWithinZero(b.spans, schema, zeroThreshold);
  if (skip === 0 && sameSpans(a.spans, b.spans)) return { spans: a.spans, buckets: addArrays(a.buckets, b.buckets, sign) };
  const { spans, placeOfA, placeOfB } = mergeLayouts(a.spans, b.spans, skip);
  return { spans, buckets: placeSums(spans, a.buckets, placeOfA, b.buckets, placeOfB, sign) };
}

function addArrays(a: readonly number[], b: readonly number[], sign: 1 | -1): number[] {
  const out = a.slice();
  for (let i = 0; i < out.length; i++) out[i] = (out[i] ?? 0) + sign * (b[i] ?? 0);
  return out;
}

function placeSums(spans: readonly BucketSpan[], a: readonly number[], placeOfA: readonly number[], b: readonly number[], placeOfB: readonly number[], sign: 1 | -1): number[] {
  let length = 0;
  for (const span of spans) length += span.length;
  const out = Array.from<number>({ length }).fill(0);
  const taken = Array.from<boolean>({ length }).fill(false);
  for (let i = 0; i < placeOfA.length; i++) {
    const place = placeOfA[i] ?? 0;
    out[place] = a[i] ?? 0;
    taken[place] = true;
  }
  for (let i = 0; i < placeOfB.length; i++) {
    const place = placeOfB[i] ?? -1;
    if (place < 0) continue;
    const value = sign * (b[i] ?? 0);
    out[place] = taken[place] ? (out[place] ?? 0) + value : value;
  }
  return out;
}

/** h × factor, buckets and all; a negative factor makes it a gauge. Source: `Mul`. */
export function scaleHistogram(h: FloatHistogram, factor: number): FloatHistogram {
  return {
    ...h,
    counterResetHint: factor < 0 ? 'gauge' : h.counterResetHint,
    zeroCount: h.zeroCount * factor,
    count: h.count * factor,
    sum: h.sum * factor,
    positiveBuckets: h.positiveBuckets.map((count) => count * factor),
    negativeBuckets: h.negativeBuckets.map((count) => count * factor),
  };
}

/** h ÷ scalar; a negative one makes it a gauge. Division by zero leaves no buckets, and the totals as floats divide. Source: `Div`. */
export function divideHistogram(h: FloatHistogram, scalar: number): FloatHistogram {
  // Custom buckets have no zero bucket, whatever they are divided by.
  const zeroed = { zeroCount: usesCustomBuckets(h) ? 0 : h.zeroCount / scalar, count: h.count / scalar, sum: h.sum / scalar };
  if (scalar === 0) return { ...h, ...zeroed, positiveSpans: [], negativeSpans: [], positiveBuckets: [], negativeBuckets: [] };
  return {
    ...h,
    ...zeroed,
    counterResetHint: scalar < 0 ? 'gauge' : h.counterResetHint,
    positiveBuckets: h.positiveBuckets.map((count) => count / scalar),
    negativeBuckets: h.negativeBuckets.map((count) => count / scalar),
  };
}
