import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import type { StepMatrix } from './step-matrix.ts';
import { ABSENT, HISTOGRAM } from './step-matrix.ts';

/** Bytes of a float sample with its time: what a histogram's size is measured in. */
const SAMPLE_BYTES = 16;

/** How many float samples a histogram counts for. Source: promql/value.go HPoint.size, float_histogram.go Size. */
export function histogramSize(histogram: FloatHistogram): number {
  const { positiveSpans, negativeSpans, positiveBuckets, negativeBuckets, customValues } = histogram;
  const bytes = 168 + 8 * (positiveSpans.length + negativeSpans.length + positiveBuckets.length + negativeBuckets.length + customValues.length) + 8;
  return Math.floor(bytes / SAMPLE_BYTES);
}

/** How many samples a matrix holds, histograms by their size. */
export function sampleCount(matrix: StepMatrix): number {
  const { kinds } = matrix;
  const cells = matrix.rows * matrix.steps;
  let count = 0;
  for (let i = 0; i < cells; i++) if (kinds[i] !== ABSENT) count++;
  if (!matrix.hasHistograms) return count;
  for (let row = 0; row < matrix.rows; row++) {
    for (let step = 0; step < matrix.steps; step++) {
      if (kinds[row * matrix.steps + step] !== HISTOGRAM) continue;
      const histogram = matrix.histogramAt(row, step);
      if (histogram !== undefined) count += histogramSize(histogram) - 1;
    }
  }
  return count;
}
