import { compactHistogram } from '#server/histogram/compact-histogram.ts';
import type { CounterResetHint, FloatHistogram } from '#server/histogram/float-histogram.ts';
import { storableHistogram } from '#server/histogram/storable-histogram.ts';
import { ExpositionError } from './exposition-error.ts';
import type { ProtobufHistogram } from './protobuf-metric.ts';

/**
 * The native histogram of a message; undefined when it is a classic one only: without spans, zero threshold and zero count.
 * Throws ExpositionError when it does not fit together. Source: Prometheus model/textparse/protobufparse.go.
 */
export function nativeHistogramOf(h: ProtobufHistogram, gauge: boolean, name: string): FloatHistogram | undefined {
  const isNative = h.positiveSpans.length > 0 || h.negativeSpans.length > 0 || h.zeroThreshold > 0 || h.zeroCount > 0;
  if (!isNative) return undefined;
  const counterResetHint: CounterResetHint = gauge ? 'gauge' : 'unknown';
  const { schema, sum, zeroThreshold, positiveSpans, negativeSpans } = h;
  const shared = { counterResetHint, schema, sum, zeroThreshold, positiveSpans, negativeSpans, customValues: [] };
  const checked =
    h.countFloat > 0 || h.zeroCountFloat > 0
      ? storableHistogram({ kind: 'float', histogram: { ...shared, count: h.countFloat, zeroCount: h.zeroCountFloat, positiveBuckets: h.positiveCounts, negativeBuckets: h.negativeCounts } })
      : storableHistogram({ kind: 'integer', histogram: { ...shared, count: h.count, zeroCount: h.zeroCount, positiveDeltas: h.positiveDeltas, negativeDeltas: h.negativeDeltas } });
  if (!checked.ok) throw new ExpositionError(`the histogram ${name} is not right: ${checked.problem.message}`);
  return compactHistogram(checked.histogram, 0);
}
