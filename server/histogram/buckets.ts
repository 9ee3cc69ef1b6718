import { bucketBound } from './bucket-bounds.ts';
import type { BucketSpan, FloatHistogram } from './float-histogram.ts';
import { usesCustomBuckets } from './histogram-schema.ts';

/** One bucket with its bounds. `index` is its place among the buckets of its sign; it says nothing for the zero bucket. */
export interface Bucket {
  lower: number;
  upper: number;
  lowerInclusive: boolean;
  upperInclusive: boolean;
  count: number;
  index: number;
}

type Phase = 'first' | 'zero' | 'second' | 'done';
const NO_SPANS: readonly BucketSpan[] = [];
const NO_COUNTS: readonly number[] = [];

/**
 * Walks all buckets of a histogram, empty ones of its spans included: negative, zero, positive, or the other way round.
 * Where a bucket reaches into the zero bucket, it is shown as beginning at the zero threshold. The fields tell of the
 * bucket that `next` stepped on; nothing is allocated per bucket. A zero bucket without observations is not visited.
 * Source: model/histogram/float_histogram.go `AllBucketIterator`, `AllReverseBucketIterator`.
 */
export class BucketWalk implements Bucket {
  lower = 0;
  upper = 0;
  lowerInclusive = false;
  upperInclusive = false;
  count = 0;
  index = 0;
  readonly #histogram: FloatHistogram;
  readonly #ascending: boolean;
  readonly #custom: boolean;
  #phase: Phase = 'first';
  #side: SideWalk;

  constructor(histogram: FloatHistogram, direction: 'ascending' | 'descending') {
    this.#histogram = histogram;
    this.#ascending = direction === 'ascending';
    this.#custom = usesCustomBuckets(histogram);
    this.#side = this.#ascending ? negativeSide(histogram, true) : positiveSide(histogram, true);
  }

  /** Steps on the next bucket; false when there is none. */
  next(): boolean {
    for (;;) {
      switch (this.#phase) {
        case 'first':
          if (this.#side.next()) return this.#show();
          this.#phase = 'zero';
          break;
        case 'zero':
          this.#phase = 'second';
          this.#side = this.#ascending ? positiveSide(this.#histogram, false) : negativeSide(this.#histogram, false);
          if (this.#histogram.zeroCount > 0) return this.#showZero();
          break;
        case 'second':
          if (this.#side.next()) return this.#show();
          this.#phase = 'done';
          return false;
        case 'done':
          return false;
      }
    }
  }

  #show(): true {
    const { index, count, positive } = this.#side;
    const { schema, customValues, zeroThreshold } = this.#histogram;
    const outer = bucketBound(index, schema, customValues);
    const inner = bucketBound(index - 1, schema, customValues);
    this.index = index;
    this.count = count;
    this.lower = positive ? inner : -outer;
    this.upper = positive ? outer : -inner;
    this.lowerInclusive = this.#custom ? index === 0 : this.lower < 0;
    this.upperInclusive = this.#custom || this.upper > 0;
    if (this.upper < 0 && this.upper > -zeroThreshold) this.upper = -zeroThreshold;
    else if (this.lower > 0 && this.lower < zeroThreshold) this.lower = zeroThreshold;
    return true;
  }

  #showZero(): true {
    this.lower = -this.#histogram.zeroThreshold;
    this.upper = this.#histogram.zeroThreshold;
    this.lowerInclusive = true;
    this.upperInclusive = true;
    this.count = this.#histogram.zeroCount;
    this.index = 0;
    return true;
  }
}

/** Walks the buckets of one sign, outwards from zero or, `reversed`, towards it. */
class SideWalk {
  index = 0;
  count = 0;
  readonly positive: boolean;
  readonly #spans: readonly BucketSpan[];
  readonly #counts: readonly number[];
  readonly #reversed: boolean;
  #span: number;
  #inSpan: number;
  #at: number;

  constructor(spans: readonly BucketSpan[], counts: readonly number[], positive: boolean, reversed: boolean) {
    this.positive = positive;
    this.#spans = spans;
    this.#counts = counts;
    this.#reversed = reversed;
    this.#span = reversed ? spans.length - 1 : 0;
    this.#inSpan = 0;
    this.#at = reversed ? counts.length : -1;
    if (!reversed) {
      this.index = (spans[0]?.offset ?? 0) - 1;
      return;
    }
    for (const span of spans) this.index += span.offset + span.length;
    this.#inSpan = spans[this.#span]?.length ?? 0;
  }

  next(): boolean {
    return this.#reversed ? this.#towardsZero() : this.#outwards();
  }

  #outwards(): boolean {
    this.index++;
    let span = this.#spans[this.#span];
    while (span !== undefined && this.#inSpan >= span.length) {
      this.#inSpan = 0;
      span = this.#spans[++this.#span];
      this.index += span?.offset ?? 0;
    }
    const count = this.#counts[++this.#at];
    if (span === undefined || count === undefined) return false;
    this.#inSpan++;
    this.count = count;
    return true;
  }

  #towardsZero(): boolean {
    this.index--;
    while (this.#inSpan === 0) {
      this.index -= this.#spans[this.#span]?.offset ?? 0;
      const span = this.#spans[--this.#span];
      if (span === undefined) return false;
      this.#inSpan = span.length;
    }
    const count = this.#counts[--this.#at];
    if (count === undefined) return false;
    this.#inSpan--;
    this.count = count;
    return true;
  }
}

function positiveSide(h: FloatHistogram, reversed: boolean): SideWalk {
  return new SideWalk(h.positiveSpans, h.positiveBuckets, true, reversed);
}

function negativeSide(h: FloatHistogram, reversed: boolean): SideWalk {
  return usesCustomBuckets(h) ? new SideWalk(NO_SPANS, NO_COUNTS, false, reversed) : new SideWalk(h.negativeSpans, h.negativeBuckets, false, reversed);
}

/** The positive buckets, from zero upwards, with their own bounds also where they reach into the zero bucket. */
export function positiveBucketsOf(h: FloatHistogram): Bucket[] {
  return sideOf(h, positiveSide(h, false));
}

/** The negative buckets, from zero downwards, with their own bounds also where they reach into the zero bucket. */
export function negativeBucketsOf(h: FloatHistogram): Bucket[] {
  return sideOf(h, negativeSide(h, false));
}

/** All buckets by rising bounds, as `BucketWalk` shows them. */
export function allBucketsOf(h: FloatHistogram): Bucket[] {
  return collect(new BucketWalk(h, 'ascending'));
}

/** All buckets by falling bounds, as `BucketWalk` shows them. */
export function allBucketsDescending(h: FloatHistogram): Bucket[] {
  return collect(new BucketWalk(h, 'descending'));
}

function collect(walk: BucketWalk): Bucket[] {
  const out: Bucket[] = [];
  while (walk.next()) {
    const { lower, upper, lowerInclusive, upperInclusive, count, index } = walk;
    out.push({ lower, upper, lowerInclusive, upperInclusive, count, index });
  }
  return out;
}

function sideOf(h: FloatHistogram, side: SideWalk): Bucket[] {
  const custom = usesCustomBuckets(h);
  const out: Bucket[] = [];
  while (side.next()) {
    const { index, count, positive } = side;
    const outer = bucketBound(index, h.schema, h.customValues);
    const inner = bucketBound(index - 1, h.schema, h.customValues);
    const lower = positive ? inner : -outer;
    const upper = positive ? outer : -inner;
    out.push({ lower, upper, lowerInclusive: custom ? index === 0 : lower < 0, upperInclusive: custom || upper > 0, count, index });
  }
  return out;
}
