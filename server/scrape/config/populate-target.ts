import { labelsFromEntries, labelsKey, labelValue } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import { formatDurationMs, parseDurationMs } from '#server/promql/durations.ts';
import { relabel } from '../relabel/relabel.ts';
import type { DroppedTarget, ScrapeTarget } from '../scrape-target.ts';
import { addressProblem } from '../workload-address.ts';
import type { ConfiguredJob } from './parse-scrape-config.ts';

const PARAM = '__param_';

/**
 * The target that an address with the labels of its group becomes under a job: relabelled, with its URL. One that cannot be
 * scraped has a problem and is shown. Source: Prometheus scrape/target.go PopulateDiscoveredLabels, PopulateLabels, URL.
 */
export function populateTarget(address: string, groupLabels: Labels, configured: ConfiguredJob): { readonly kind: 'target'; readonly target: ScrapeTarget } | { readonly kind: 'dropped'; readonly target: DroppedTarget } {
  const { job } = configured;
  const discoveredLabels = discovered(address, groupLabels, configured);
  const kept = relabel(discoveredLabels, configured.relabel);
  if (kept === undefined) return { kind: 'dropped', target: { pool: job.name, discoveredLabels } };
  const instance = labelValue(kept, '__address__');
  const labels = labelsFromEntries([['instance', instance], ...Object.entries(kept).filter(([name]) => !name.startsWith('__'))]);
  const url = urlOf(kept, configured);
  const intervalMs = parseDurationMs(labelValue(kept, '__scrape_interval__')) ?? 0;
  const timeoutMs = parseDurationMs(labelValue(kept, '__scrape_timeout__')) ?? 0;
  const problem = problemOf(instance, url, intervalMs, timeoutMs);
  return {
    kind: 'target',
    target: {
      key: `${job.name} ${url} ${labelsKey(labels)}`,
      pool: job.name,
      url,
      labels,
      discoveredLabels,
      intervalMs: intervalMs > 0 ? intervalMs : job.intervalMs,
      timeoutMs: timeoutMs > 0 ? timeoutMs : job.timeoutMs,
      ...(problem === undefined ? {} : { problem }),
    },
  };
}

function discovered(address: string, groupLabels: Labels, { job, metricsPath, scheme, params }: ConfiguredJob): Labels {
  return labelsFromEntries([
    ['job', job.name],
    ['__scrape_interval__', formatDurationMs(job.intervalMs)],
    ['__scrape_timeout__', formatDurationMs(job.timeoutMs)],
    ['__metrics_path__', metricsPath],
    ['__scheme__', scheme],
    ...Object.entries(params).map(([name, values]): [string, string] => [`${PARAM}${name}`, values[0] ?? '']),
    ...Object.entries(groupLabels).filter(([, value]) => value !== ''),
    ['__address__', address],
  ]);
}

function urlOf(labels: Labels, { params }: ConfiguredJob): string {
  const query = new Map(Object.entries(params).map(([name, values]): [string, string[]] => [name, [...values]]));
  for (const [label, value] of Object.entries(labels)) {
    if (label.startsWith(PARAM)) query.set(label.slice(PARAM.length), [value, ...(query.get(label.slice(PARAM.length)) ?? []).slice(1)]);
  }
  const search = new URLSearchParams([...query].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([name, values]) => values.map((value): [string, string] => [name, value]))).toString();
  const path = labelValue(labels, '__metrics_path__');
  return `${labelValue(labels, '__scheme__')}://${labelValue(labels, '__address__')}${path.startsWith('/') || path === '' ? '' : '/'}${path}${search === '' ? '' : `?${search}`}`;
}

function problemOf(address: string, url: string, intervalMs: number, timeoutMs: number): string | undefined {
  if (address === '') return 'no address: relabelling left __address__ empty';
  if (address.includes('/')) return `${JSON.stringify(address)} is not a valid hostname`;
  const parsed = URL.parse(url);
  if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) return `${url} is not an http or https URL`;
  if (intervalMs <= 0 || timeoutMs <= 0) return 'relabelling left __scrape_interval__ or __scrape_timeout__ without a duration greater than 0';
  if (timeoutMs > intervalMs) return 'relabelling left a __scrape_timeout__ that is greater than the __scrape_interval__';
  return addressProblem(parsed.hostname.replaceAll(/[[\]]/g, ''));
}
