/**
 * By how much the change between a window's first and last sample is to be multiplied to stand for the whole window. When
 * a sample is close to an edge (within 110 % of the samples' average distance) the change is extended to the edge, else
 * by half that distance. `shareOfZero` (first value / change, NaN = unknown) keeps a counter from being extended to below
 * zero. Where a counter is known to have begun within the window, `first` is that time and `rangeStart` the first
 * sample's: nothing is added before it then. Times in Unix ms; `intervals` is the number of samples less one. Source:
 * promql/functions.go extrapolatedRate.
 */
export function extrapolationFactor(rangeStart: number, rangeEnd: number, first: number, last: number, firstSample: number, intervals: number, shareOfZero: number): number {
  const sampled = (last - first) / 1000;
  const average = intervals > 0 ? (last - firstSample) / 1000 / intervals : 0;
  const threshold = average * 1.1;
  let toStart = (firstSample - rangeStart) / 1000;
  if (toStart >= threshold) toStart = average / 2;
  const toZero = sampled * shareOfZero;
  if (toZero < toStart) toStart = toZero;
  let toEnd = (rangeEnd - last) / 1000;
  if (toEnd >= threshold) toEnd = average / 2;
  return sampled === 0 ? 1 : (sampled + toStart + toEnd) / sampled;
}
