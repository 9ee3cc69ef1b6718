import type { QueryClient } from '@tanstack/react-query';
import type { PrometheusClient } from '@prometheus-io/codemirror-promql/dist/esm/client/prometheus';
import { labelNamesQuery, labelValuesQuery, metadataQuery, seriesQuery } from './queries.ts';
import { selectorText } from './selector-text.ts';

/** A matcher as the completion gives it: what stands between name and value, as a term of the grammar, is not needed here. */
type Matchers = Parameters<PrometheusClient['series']>[1];

/**
 * Metrics, labels and values for the editor's completion, from the console's own API through the page's cache.
 * `endSeconds` is asked at each use: completion follows the time range. What cannot be fetched is not offered.
 */
export function completionClient(cache: QueryClient, endSeconds: () => number): PrometheusClient {
  const nothing = <T>(fallback: T) => (): T => fallback;
  const matching = (metric: string | undefined): string | undefined => (metric === undefined || metric === '' ? undefined : selectorText(metric, {}));
  return {
    labelNames: (metric) => cache.fetchQuery(labelNamesQuery(matching(metric), endSeconds())).then((names) => [...names], nothing<string[]>([])),
    labelValues: (label, metric, _matchers?: Matchers) => cache.fetchQuery(labelValuesQuery(label, matching(metric), endSeconds())).then((values) => [...values], nothing<string[]>([])),
    metricMetadata: () => cache.fetchQuery(metadataQuery).then((all) => Object.fromEntries(Object.entries(all).map(([name, entries]) => [name, [...entries]])), nothing({})),
    series: (metric) => cache.fetchQuery(seriesQuery(matching(metric) ?? '{__name__!=""}', endSeconds())).then((rows) => rows.map((labels) => new Map(Object.entries(labels))), nothing<Map<string, string>[]>([])),
    metricNames: () => cache.fetchQuery(labelValuesQuery('__name__', undefined, endSeconds())).then((names) => [...names], nothing<string[]>([])),
    flags: () => Promise.resolve({}),
  };
}
