import { addHistograms, subtractHistograms } from '#server/histogram/arithmetic.ts';
import { CUSTOM_BUCKETS_SCHEMA, type FloatHistogram } from '#server/histogram/float-histogram.ts';
import { metricNameOf, type NoteSubject } from './range-window.ts';

/** Whether a histogram has custom buckets rather than exponential ones. */
export function usesCustomBuckets({ schema }: FloatHistogram): boolean {
  return schema === CUSTOM_BUCKETS_SCHEMA;
}

/**
 * Adds or subtracts histograms of a series and notes what the person should know: that layouts do not fit together
 * (undefined then) or that custom bounds had to be reconciled. Resets are the caller's business.
 */
export function combineNoting(operation: 'addition' | 'subtraction', a: FloatHistogram, b: FloatHistogram, subject: NoteSubject): FloatHistogram | undefined {
  const combined = operation === 'addition' ? addHistograms(a, b) : subtractHistograms(a, b);
  if (combined.kind === 'incompatible') {
    subject.annotations.mixedExponentialCustom(metricNameOf(subject), subject.argSpan);
    return undefined;
  }
  if (combined.nhcbBoundsReconciled) subject.annotations.mismatchedBuckets(operation, subject.argSpan);
  return combined.histogram;
}

/** The sum of two histograms of a series, see `combineNoting`. */
export function addNoting(a: FloatHistogram, b: FloatHistogram, subject: NoteSubject): FloatHistogram | undefined {
  return combineNoting('addition', a, b, subject);
}
