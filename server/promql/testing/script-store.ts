import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import { compileMatcher, matchesAll } from '#server/timeseries/label-matcher.ts';
import { labelsKey, labelValue } from '#server/timeseries/labels.ts';
import { isStaleMarker } from '#server/timeseries/stale-marker.ts';
import { STALE_NAN, type LabelMatcher, type Labels, type Querier, type SeriesSamples, type TimeRange } from '#server/timeseries/storage.ts';
import { HistogramRun } from './histogram-run.ts';

interface Stored {
  readonly labels: Labels;
  readonly times: number[];
  readonly values: number[];
  /** Staleness markers: a plain array may lose what tells them from other NaN. */
  readonly stale: boolean[];
  readonly histograms: (FloatHistogram | undefined)[];
  readonly run: HistogramRun;
  readonly startTimes: number[];
}

/** What a test script loads: a store in plain arrays, which gives histograms back as Prometheus' store does. */
export class ScriptStore implements Querier {
  readonly #series = new Map<string, Stored>();

  /** Adds a sample; one that is not newer than the newest of its series is left out. Unix ms. */
  append(labels: Labels, time: number, value: number | FloatHistogram, startTime: number): void {
    const key = labelsKey(labels);
    let stored = this.#series.get(key);
    if (stored === undefined) this.#series.set(key, (stored = emptySeries(labels)));
    const last = stored.times.length - 1;
    if (last >= 0 && (stored.times[last] ?? 0) >= time) return;
    stored.times.push(time);
    stored.startTimes.push(startTime);
    stored.values.push(typeof value === 'number' ? value : NaN);
    stored.stale.push(typeof value === 'number' && isStaleMarker(value));
    if (typeof value === 'number') stored.histograms.push(undefined);
    else stored.run.append(value);
  }

  select(matchers: readonly LabelMatcher[], { start, end }: TimeRange): SeriesSamples[] {
    const compiled = matchers.map((matcher) => compileMatcher(matcher));
    return [...this.#series.values()].filter(({ labels }) => matchesAll(labels, compiled)).flatMap((stored) => slice(stored, start, end) ?? []);
  }
  series(matchers: readonly LabelMatcher[][], range: TimeRange): Labels[] {
    const found = new Map(matchers.flatMap((one) => this.select(one, range)).map(({ labels }) => [labelsKey(labels), labels]));
    return [...found.values()];
  }
  labelNames(matchers: readonly LabelMatcher[][], range: TimeRange): string[] {
    return [...new Set(this.series(matchers, range).flatMap((labels) => Object.keys(labels)))].sort();
  }
  labelValues(name: string, matchers: readonly LabelMatcher[][], range: TimeRange): string[] {
    return [...new Set(this.series(matchers, range).map((labels) => labelValue(labels, name)))].filter((value) => value !== '').sort();
  }
}

function emptySeries(labels: Labels): Stored {
  const histograms: Stored['histograms'] = [];
  return { labels, times: [], values: [], stale: [], histograms, run: new HistogramRun(histograms), startTimes: [] };
}

function slice({ labels, times, values, stale, histograms, startTimes }: Stored, start: number, end: number): SeriesSamples | undefined {
  const first = times.findIndex((time) => time >= start);
  const after = times.findIndex((time) => time > end);
  const stop = after < 0 ? times.length : after;
  if (first < 0 || first >= stop) return undefined;
  const some = histograms.slice(first, stop);
  return {
    labels,
    timestamps: Float64Array.from(times.slice(first, stop)),
    values: Float64Array.from(values.slice(first, stop), (value, i) => (stale[first + i] === true ? STALE_NAN : value)),
    startTimestamps: Float64Array.from(startTimes.slice(first, stop)),
    ...(some.some((one) => one !== undefined) ? { histograms: some } : {}),
  };
}
