import { ClassicHistogramSamples, classicSampleOf } from '#server/histogram/custom-buckets.ts';
import { labelsFromEntries, labelsKey, labelValue, METRIC_NAME } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import { parseGoFloat } from '../go-number.ts';
import type { ScriptStore } from './script-store.ts';
import type { LoadCommand, LoadedSeries } from './script.ts';

/** Native histograms in the making: by time, the samples of a classic one. */
interface Conversion {
  readonly labels: Labels;
  readonly byTime: Map<number, ClassicHistogramSamples>;
}

/** Puts what a `load` describes into the store. Throws an Error for classic histograms that cannot be converted. */
export function loadInto(store: ScriptStore, { series, step, withNativeHistograms }: LoadCommand): void {
  // A series that one load names twice has the points of its last line.
  const last = new Map(series.map((one) => [labelsKey(one.labels), one]));
  for (const { labels, points, startOffsets } of last.values()) {
    points.forEach((point, i) => {
      if (point.kind === 'omitted') return;
      const offset = startOffsets?.[i];
      store.append(labels, i * step, point.kind === 'float' ? point.value : point.histogram, offset === undefined ? 0 : i * step + offset);
    });
  }
  if (withNativeHistograms) loadConverted(store, [...last.values()], step);
}

function loadConverted(store: ScriptStore, series: readonly LoadedSeries[], step: number): void {
  const conversions = new Map<string, Conversion>();
  for (const one of series) gather(one, step, conversions);
  for (const { labels, byTime } of conversions.values()) {
    for (const [time, samples] of [...byTime].sort(([a], [b]) => a - b)) {
      const converted = samples.convert();
      if (!converted.ok) throw new Error(converted.message);
      store.append(labels, time, converted.histogram, 0);
    }
  }
}

function gather({ labels, points }: LoadedSeries, step: number, conversions: Map<string, Conversion>): void {
  const sample = classicSampleOf(labelValue(labels, METRIC_NAME));
  if (sample === undefined) return;
  const bound = parseGoFloat(labelValue(labels, 'le'));
  if (sample.part === 'bucket' && (bound === undefined || Number.isNaN(bound))) return;
  const base = labelsFromEntries([...Object.entries(labels).filter(([name]) => name !== 'le'), [METRIC_NAME, sample.name]]);
  const key = labelsKey(base);
  let conversion = conversions.get(key);
  if (conversion === undefined) conversions.set(key, (conversion = { labels: base, byTime: new Map() }));
  for (const [i, point] of points.entries()) {
    if (point.kind !== 'float') continue;
    let samples = conversion.byTime.get(i * step);
    if (samples === undefined) conversion.byTime.set(i * step, (samples = new ClassicHistogramSamples()));
    if (sample.part === 'bucket') samples.setBucketCount(bound ?? NaN, point.value);
    else if (sample.part === 'count') samples.setCount(point.value);
    else samples.setSum(point.value);
  }
}
