import type { MetricsBackend } from '#server/promql/metrics-backend.ts';
import { METRIC_NAME } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';

/** One line of a statistic of cardinality. */
export interface TsdbStat {
  readonly name: string;
  readonly value: number;
}
/** What a store tells of itself, as `/api/v1/status/tsdb` does. Times in Unix ms. Source: web/api/v1/api.go TSDBStatus. */
export interface TsdbStatus {
  readonly headStats: { readonly numSeries: number; readonly numLabelPairs: number; readonly chunkCount: number; readonly minTime: number; readonly maxTime: number };
  readonly seriesCountByMetricName: readonly TsdbStat[];
  readonly labelValueCountByLabelName: readonly TsdbStat[];
  readonly memoryInBytesByLabelName: readonly TsdbStat[];
  readonly seriesCountByLabelValuePair: readonly TsdbStat[];
}
/** Gives the statistics with at most `limit` lines each. */
export type TsdbStatusSource = (limit: number) => Promise<TsdbStatus>;

/** Everything a store holds that has a name. */
const ALL_SERIES = `{${METRIC_NAME}=~".+"}`;

/**
 * The statistics of a backend that keeps none, from its list of series: all are fetched. What such a list does not tell (chunks,
 * first and last sample) is 0.
 */
export function countTsdbStatus(metrics: Pick<MetricsBackend, 'series'>): TsdbStatusSource {
  return async (limit) => statusOfSeries(await metrics.series({ match: [ALL_SERIES] }), limit);
}

/** Counts what the label sets of series have in common. Source: tsdb/index/postings.go Stats. */
export function statusOfSeries(series: readonly Labels[], limit: number): TsdbStatus {
  const seriesOf = new Map<string, Map<string, number>>();
  for (const labels of series) {
    for (const [name, value] of Object.entries(labels)) {
      let values = seriesOf.get(name);
      if (values === undefined) seriesOf.set(name, (values = new Map()));
      values.set(value, (values.get(value) ?? 0) + 1);
    }
  }
  const names = [...seriesOf];
  const bytesOf = (name: string, values: ReadonlyMap<string, number>): number => [...values].reduce((sum, [value, count]) => sum + count * (Buffer.byteLength(name) + Buffer.byteLength(value)), 0);
  const pairs = names.flatMap(([name, values]) => [...values].map(([value, count]): TsdbStat => ({ name: `${name}=${value}`, value: count })));
  const metricNames = [...(seriesOf.get(METRIC_NAME) ?? [])].map(([name, value]): TsdbStat => ({ name, value }));
  return {
    headStats: { numSeries: series.length, numLabelPairs: pairs.length, chunkCount: 0, minTime: 0, maxTime: 0 },
    seriesCountByMetricName: top(metricNames, limit),
    labelValueCountByLabelName: top(names.map(([name, values]) => ({ name, value: values.size })), limit),
    memoryInBytesByLabelName: top(names.map(([name, values]) => ({ name, value: bytesOf(name, values) })), limit),
    seriesCountByLabelValuePair: top(pairs, limit),
  };
}

function top(stats: readonly TsdbStat[], limit: number): readonly TsdbStat[] {
  return stats.toSorted((a, b) => b.value - a.value || (a.name < b.name ? -1 : 1)).slice(0, limit);
}
