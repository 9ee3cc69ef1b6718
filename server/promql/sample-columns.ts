import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import { isStaleMarker } from '#server/timeseries/stale-marker.ts';
import type { SeriesSamples } from '#server/timeseries/storage.ts';

/** The samples of one kind of a series, in time order. Unix ms; a start time of 0 is unknown. */
export interface FloatColumn {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly startTimes: Float64Array | undefined;
}
export interface HistogramColumn {
  readonly times: Float64Array;
  readonly values: readonly FloatHistogram[];
  readonly startTimes: Float64Array | undefined;
}
/** A series with floats and histograms apart, as functions of range vectors look at them. */
export interface SampleColumns extends FloatColumn {
  readonly histograms: HistogramColumn | undefined;
}

/** Takes a series apart; staleness markers are left out. Arrays are shared with the series where nothing is to be left out. */
export function toColumns(series: SeriesSamples, withStartTimes: boolean): SampleColumns {
  const { timestamps: times, values, histograms } = series;
  const startTimes = withStartTimes ? series.startTimestamps : undefined;
  let floats = 0;
  let found = 0;
  for (let i = 0; i < values.length; i++) {
    if (histograms?.[i] !== undefined) found++;
    else if (!isStaleMarker(values[i] ?? 0)) floats++;
  }
  if (floats === values.length) return { times, values, startTimes, histograms: undefined };
  const out = { times: new Float64Array(floats), values: new Float64Array(floats), startTimes: startTimes && new Float64Array(floats) };
  const apart = { times: new Float64Array(found), values: [] as FloatHistogram[], startTimes: startTimes && new Float64Array(found) };
  let at = 0;
  for (let i = 0; i < values.length; i++) {
    const histogram = histograms?.[i];
    if (histogram === undefined && isStaleMarker(values[i] ?? 0)) continue;
    const target = histogram === undefined ? out : apart;
    const position = histogram === undefined ? at++ : apart.values.length;
    target.times[position] = times[i] ?? 0;
    if (target.startTimes !== undefined) target.startTimes[position] = startTimes?.[i] ?? 0;
    if (histogram === undefined) out.values[position] = values[i] ?? NaN;
    else apart.values.push(histogram);
  }
  return { ...out, histograms: found === 0 ? undefined : apart };
}
