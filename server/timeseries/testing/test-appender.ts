import { labelsKey } from '../labels.ts';
import type { Appender, AppendResult, Labels, MetricMetadata, Sample } from '../storage.ts';

/** An appender that gives every batch to a test's function, as samples by labels; what that throws is its rejection. */
export function testAppender(onSamples: (samples: readonly Sample[]) => void, onMetadata: (metricName: string, metadata: MetricMetadata) => void = () => undefined): Appender {
  const known: Labels[] = [{}];
  const refs = new Map<string, number>();
  const append = async (samples: readonly Sample[]): Promise<AppendResult> => {
    onSamples(samples);
    return { appended: samples.length, duplicate: 0, outOfOrder: 0, tooOld: 0, seriesLimit: 0 };
  };
  return {
    epoch: 1,
    ref(labels) {
      const key = labelsKey(labels);
      const ref = refs.get(key) ?? known.push(labels) - 1;
      refs.set(key, ref);
      return ref;
    },
    appendBatch: ({ count, refs: given, timestamps, values, histograms, startTimestamps }) =>
      append(
        Array.from({ length: count }, (_, i): Sample => {
          const histogram = histograms?.get(i);
          const startTimestamp = startTimestamps?.get(i);
          return { labels: known[given[i] ?? 0] ?? {}, timestamp: timestamps[i] ?? NaN, value: values[i] ?? NaN, ...(histogram === undefined ? {} : { histogram }), ...(startTimestamp === undefined ? {} : { startTimestamp }) };
        }),
      ),
    append,
    setMetadata: onMetadata,
  };
}
