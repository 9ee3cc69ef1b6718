import { SpanBuilder, type Side } from './bucket-layout.ts';
import { addCompensated } from './compensated-sum.ts';
import type { BucketSpan } from './float-histogram.ts';

/** A side of custom buckets with its bounds. */
export interface CustomSide extends Side {
  readonly bounds: readonly number[];
}

/** The bounds that both lists have. Source: model/histogram/float_histogram.go `intersectCustomBucketBounds`. */
export function commonBounds(a: readonly number[], b: readonly number[]): number[] {
  const out: number[] = [];
  let j = 0;
  for (const bound of a) {
    while (j < b.length && (b[j] ?? NaN) < bound) j++;
    if (b[j] === bound) out.push(bound);
  }
  return out;
}

/**
 * The sum (or with `sign` -1 the difference) of custom buckets of different bounds, in the buckets of `bounds`, which both
 * have; `lost` is what rounding lost of `a` before. Empty buckets are left out.
 * Source: model/histogram/float_histogram.go `addCustomBucketsWithMismatches`.
 */
export function addOverBounds(a: CustomSide, b: CustomSide, bounds: readonly number[], sign: 1 | -1, lost?: readonly number[]): { spans: readonly BucketSpan[]; buckets: number[]; lost: number[] } {
  const sums = Array.from<number>({ length: bounds.length + 1 }).fill(0);
  const sumsLost = sums.slice();
  mapInto(a, bounds, (place, at, count) => {
    addCompensated(sums, sumsLost, place, count);
    if (lost !== undefined) addCompensated(sums, sumsLost, place, lost[at] ?? 0);
  });
  mapInto(b, bounds, (place, _, count) => addCompensated(sums, sumsLost, place, sign * count));
  const builder = new SpanBuilder();
  const buckets: number[] = [];
  const nowLost: number[] = [];
  for (let i = 0; i < sums.length; i++) {
    const sum = sums[i] ?? 0;
    const sumLost = sumsLost[i] ?? 0;
    if (sum === 0 && sumLost === 0) continue;
    builder.add(i);
    buckets.push(sum);
    nowLost.push(sumLost);
  }
  return { spans: builder.finish(), buckets, lost: nowLost };
}

/** Tells for each bucket in which one of the coarser `bounds` it comes: the first that ends at or above its own end. */
function mapInto({ spans, buckets, bounds: own }: CustomSide, bounds: readonly number[], take: (place: number, at: number, count: number) => void): void {
  let index = 0;
  let at = 0;
  let place = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length && at < buckets.length; i++, index++, at++) {
      const bound = own[index] ?? Infinity;
      while (place < bounds.length && (bounds[place] ?? Infinity) < bound) place++;
      take(place, at, buckets[at] ?? 0);
    }
  }
}
