import { coarserIndex, SpanBuilder, type Side } from './bucket-layout.ts';
import { addCompensated } from './compensated-sum.ts';
import type { BucketSpan, FloatHistogram } from './float-histogram.ts';

/**
 * The histogram with the coarser buckets of `schema`. A changed histogram no longer tells of counter resets. Throws a
 * RangeError when the schema is finer, or when buckets are custom: callers compare schemas first.
 * Source: model/histogram/float_histogram.go `CopyToSchema`.
 */
export function toSchema(h: FloatHistogram, schema: number): FloatHistogram {
  if (schema === h.schema) return h;
  const positive = reduceSide({ spans: h.positiveSpans, buckets: h.positiveBuckets }, h.schema, schema);
  const negative = reduceSide({ spans: h.negativeSpans, buckets: h.negativeBuckets }, h.schema, schema);
  return {
    ...h,
    counterResetHint: 'unknown',
    schema,
    positiveSpans: positive.spans,
    positiveBuckets: positive.buckets,
    negativeSpans: negative.spans,
    negativeBuckets: negative.buckets,
  };
}

/** The buckets of one sign, brought together into those of a coarser schema. Throws as `toSchema` does. */
export function reduceSide(side: Side, schema: number, targetSchema: number): { spans: readonly BucketSpan[]; buckets: number[] } {
  const buckets: number[] = [];
  const spans = reduceSpans(side.spans, side.buckets.length, schema, targetSchema, (at, place) => {
    if (place < buckets.length) buckets[place] = (buckets[place] ?? 0) + (side.buckets[at] ?? 0);
    else buckets.push(side.buckets[at] ?? 0);
  });
  return { spans, buckets };
}

/** As `reduceSide`, with sums that keep what rounding loses; `lost` is what was lost of each bucket before. */
export function reduceSideCompensated(side: Side, lost: readonly number[], schema: number, targetSchema: number): { spans: readonly BucketSpan[]; buckets: number[]; lost: number[] } {
  const buckets: number[] = [];
  const nowLost: number[] = [];
  const spans = reduceSpans(side.spans, side.buckets.length, schema, targetSchema, (at, place) => {
    if (place < buckets.length) {
      addCompensated(buckets, nowLost, place, side.buckets[at] ?? 0);
      addCompensated(buckets, nowLost, place, lost[at] ?? 0);
    } else {
      buckets.push(side.buckets[at] ?? 0);
      nowLost.push(lost[at] ?? 0);
    }
  });
  return { spans, buckets, lost: nowLost };
}

/** Tells for each bucket at which place of the coarser layout it comes, in rising order. */
function reduceSpans(spans: readonly BucketSpan[], count: number, schema: number, targetSchema: number, take: (at: number, place: number) => void): BucketSpan[] {
  if (targetSchema > schema || targetSchema < -9) throw new RangeError(`cannot reduce the resolution of a histogram from schema ${schema} to ${targetSchema}`);
  const builder = new SpanBuilder();
  let place = -1;
  let last = NaN;
  let index = 0;
  let at = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length && at < count; i++, index++) {
      const target = coarserIndex(index, schema, targetSchema);
      if (target !== last) {
        builder.add(target);
        last = target;
        place++;
      }
      take(at++, place);
    }
  }
  return builder.finish();
}
