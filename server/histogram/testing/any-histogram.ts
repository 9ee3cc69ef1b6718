import { fc } from '#mesh-core/testing/property.ts';
import type { BucketSpan, FloatHistogram } from '../float-histogram.ts';

/** Valid exponential histograms with whole counts, of few buckets on both sides and outside the zero bucket, for properties. */
export function anExponentialHistogram(zeroThresholds: readonly number[] = [0, 0, 0.001, 0.5, 1]): fc.Arbitrary<FloatHistogram> {
  return fc
    .record({ schema: fc.integer({ min: -4, max: 8 }), zeroCount: fc.nat(20), zeroThreshold: fc.constantFrom(...zeroThresholds), positive: aSide(), negative: aSide() })
    .map(({ schema, zeroCount, zeroThreshold, positive, negative }) => {
      const count = [...positive.buckets, ...negative.buckets, zeroCount].reduce((a, b) => a + b, 0);
      return {
        counterResetHint: 'unknown',
        schema,
        zeroThreshold,
        zeroCount,
        count,
        sum: count * 2,
        positiveSpans: outside(positive.spans, zeroThreshold),
        negativeSpans: outside(negative.spans, zeroThreshold),
        positiveBuckets: positive.buckets,
        negativeBuckets: negative.buckets,
        customValues: [],
      };
    });
}

function aSide(): fc.Arbitrary<{ spans: BucketSpan[]; buckets: number[] }> {
  const span = fc.record({ offset: fc.integer({ min: 0, max: 5 }), buckets: fc.array(fc.nat(9), { minLength: 1, maxLength: 5 }) });
  return fc.tuple(fc.integer({ min: -20, max: 20 }), fc.array(span, { maxLength: 4 })).map(([start, spans]) => ({
    spans: spans.map(({ offset, buckets }, i) => ({ offset: i === 0 ? start : offset, length: buckets.length })),
    buckets: spans.flatMap(({ buckets }) => buckets),
  }));
}

/** Zero buckets are at most as wide as [-1, 1] here: buckets from index 1 on are outside of them. */
function outside([first, ...rest]: readonly BucketSpan[], zeroThreshold: number): BucketSpan[] {
  if (first === undefined) return [];
  return [{ offset: zeroThreshold === 0 ? first.offset : 1 + Math.abs(first.offset), length: first.length }, ...rest];
}
