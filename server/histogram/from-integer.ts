import type { FloatHistogram } from './float-histogram.ts';
import type { IntegerHistogram } from './integer-histogram.ts';

/** The histogram with absolute counts. Source: model/histogram/histogram.go `ToFloat`. */
export function fromInteger(h: IntegerHistogram): FloatHistogram {
  return {
    counterResetHint: h.counterResetHint,
    schema: h.schema,
    zeroThreshold: h.zeroThreshold,
    zeroCount: h.zeroCount,
    count: h.count,
    sum: h.sum,
    positiveSpans: h.positiveSpans,
    negativeSpans: h.negativeSpans,
    positiveBuckets: runningSums(h.positiveDeltas),
    negativeBuckets: runningSums(h.negativeDeltas),
    customValues: h.customValues,
  };
}

/** Each value with all before it added. */
export function runningSums(deltas: readonly number[]): number[] {
  let sum = 0;
  return deltas.map((delta) => (sum += delta));
}
