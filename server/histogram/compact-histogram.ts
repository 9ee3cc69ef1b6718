import { SpanBuilder, type Side } from './bucket-layout.ts';
import type { BucketSpan, FloatHistogram } from './float-histogram.ts';

/**
 * The histogram without empty buckets at the ends of spans and without runs of more than `maxEmptyBuckets` empty ones;
 * spans that are at most so far apart become one. The same object when there is nothing to do.
 * Source: model/histogram/generic.go `compactBuckets`.
 */
export function compactHistogram(h: FloatHistogram, maxEmptyBuckets = 0): FloatHistogram {
  const positiveDone = isCompact(h.positiveSpans, h.positiveBuckets, maxEmptyBuckets);
  const negativeDone = isCompact(h.negativeSpans, h.negativeBuckets, maxEmptyBuckets);
  if (positiveDone && negativeDone) return h;
  const positive = compactSide({ spans: h.positiveSpans, buckets: h.positiveBuckets }, undefined, maxEmptyBuckets);
  const negative = compactSide({ spans: h.negativeSpans, buckets: h.negativeBuckets }, undefined, maxEmptyBuckets);
  return { ...h, positiveSpans: positive.spans, positiveBuckets: positive.buckets, negativeSpans: negative.spans, negativeBuckets: negative.buckets };
}

function isCompact(spans: readonly BucketSpan[], buckets: readonly number[], maxEmptyBuckets: number): boolean {
  for (let i = 0; i < buckets.length; i++) if (buckets[i] === 0) return false;
  for (let i = 0; i < spans.length; i++) {
    const span = spans[i];
    if (span === undefined || span.length === 0 || (i > 0 && span.offset <= maxEmptyBuckets)) return false;
  }
  return true;
}

/** One sign of `compactHistogram`; a bucket with something in `lost` counts as not empty. */
export function compactSide(side: Side, lost: readonly number[] | undefined, maxEmptyBuckets: number): { spans: readonly BucketSpan[]; buckets: number[]; lost: number[] } {
  const builder = new SpanBuilder();
  const buckets: number[] = [];
  const keptLost: number[] = [];
  let index = 0;
  let at = 0;
  let nextIndex = 0;
  for (const { offset, length } of side.spans) {
    index += offset;
    for (let i = 0; i < length && at < side.buckets.length; i++, index++, at++) {
      const count = side.buckets[at] ?? 0;
      const lostHere = lost?.[at] ?? 0;
      if (count === 0 && lostHere === 0) continue;
      if (buckets.length > 0 && index - nextIndex <= maxEmptyBuckets) {
        for (; nextIndex < index; nextIndex++) {
          builder.add(nextIndex);
          buckets.push(0);
          keptLost.push(0);
        }
      }
      builder.add(index);
      buckets.push(count);
      keptLost.push(lostHere);
      nextIndex = index + 1;
    }
  }
  return { spans: builder.finish(), buckets, lost: keptLost };
}
