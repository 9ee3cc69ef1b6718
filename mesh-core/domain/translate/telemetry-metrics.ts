import { STATS_FILTER, TELEMETRY_TYPE_URLS } from '../envoy/telemetry.ts';
import type { MetricConfig, StatsConfig } from '../envoy/telemetry.ts';
import type { HttpFilter } from '../envoy/resources.ts';
import type { MetricSelector, TelemetryMetrics } from '../resources/telemetry.ts';
import { BUILT_IN_PROVIDERS, providerNamed } from './mesh-providers.ts';
import type { MeshSettings } from './mesh-snapshot.ts';
import { coversSide, providerNames } from './telemetry-scope.ts';
import type { TelemetrySide } from './telemetry-scope.ts';

/** Names of the metrics in Telemetry → names in Prometheus, without `istio_`. */
const METRIC_NAMES: Readonly<Record<string, string>> = {
  GRPC_REQUEST_MESSAGES: 'request_messages_total',
  GRPC_RESPONSE_MESSAGES: 'response_messages_total',
  REQUEST_COUNT: 'requests_total',
  REQUEST_DURATION: 'request_duration_milliseconds',
  REQUEST_SIZE: 'request_bytes',
  RESPONSE_SIZE: 'response_bytes',
  TCP_CLOSED_CONNECTIONS: 'tcp_connections_closed_total',
  TCP_OPENED_CONNECTIONS: 'tcp_connections_opened_total',
  TCP_RECEIVED_BYTES: 'tcp_received_bytes_total',
  TCP_SENT_BYTES: 'tcp_sent_bytes_total',
};
const DEFAULT_PROVIDERS: readonly string[] = ['prometheus'];

interface Override {
  disabled: boolean;
  readonly tags: Map<string, { readonly remove: boolean; readonly value: string }>;
}
interface ProviderMetrics {
  allDisabled: boolean;
  readonly overrides: Map<string, Override>;
  interval: string | undefined;
}

/**
 * The statistics filter of a listener. Overrides of all levels merge in order, per metric and tag; "all metrics, disabled" turns
 * everything off until a later override. Where istiod leaves the filter out, this one says to drop all metrics.
 * Source: istiod's mergeMetrics and generateStatsConfig.
 */
export function statsFilter(levels: readonly TelemetryMetrics[], mesh: MeshSettings, side: TelemetrySide, hostFallback: boolean): HttpFilter {
  const providers = mergeMetrics(levels, mesh.defaultProviders?.metrics ?? DEFAULT_PROVIDERS, side);
  const known = [...BUILT_IN_PROVIDERS, ...(mesh.extensionProviders ?? [])];
  const prometheus = [...providers].filter(([name]) => providerNamed(known, name)?.prometheus !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  const [first] = prometheus;
  const config: StatsConfig = first === undefined || first[1].allDisabled ? { metrics: [{ drop: true }] } : statsConfig(first[1], hostFallback);
  return { name: STATS_FILTER, typedConfig: { '@type': TELEMETRY_TYPE_URLS.typedStruct, typeUrl: TELEMETRY_TYPE_URLS.statsConfig, value: config } };
}

function statsConfig({ overrides, interval }: ProviderMetrics, hostFallback: boolean): StatsConfig {
  const metrics = [...overrides].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, override]): MetricConfig => {
    const tags = [...override.tags].sort(([a], [b]) => (a < b ? -1 : 1));
    const dimensions = Object.fromEntries(tags.filter(([, { remove }]) => !remove).map(([tag, { value }]) => [tag, value]));
    const removed = tags.filter(([, { remove }]) => remove).map(([tag]) => tag);
    return {
      name: METRIC_NAMES[name] ?? name,
      ...(Object.keys(dimensions).length === 0 ? undefined : { dimensions }),
      ...(removed.length === 0 ? undefined : { tags_to_remove: removed }),
      ...(override.disabled ? { drop: true } : undefined),
    };
  });
  return { ...(hostFallback ? undefined : { disable_host_header_fallback: true }), ...(interval === undefined ? undefined : { tcp_reporting_duration: interval }), ...(metrics.length === 0 ? undefined : { metrics }) };
}

function mergeMetrics(levels: readonly TelemetryMetrics[], defaults: readonly string[], side: TelemetrySide): Map<string, ProviderMetrics> {
  const providers = new Map<string, ProviderMetrics>();
  const named = levels.map(({ providers: list }) => providerNames(list));
  const inScope = named.findLast((names) => names.length > 0) ?? defaults;
  if (levels.length === 0) for (const name of defaults) providers.set(name, nothing());
  let parent = defaults;
  for (const [index, level] of levels.entries()) {
    const names = named[index] ?? [];
    parent = names.length === 0 ? parent : names;
    for (const name of parent) {
      if (!inScope.includes(name)) continue;
      const merged = providers.get(name) ?? nothing();
      providers.set(name, merged);
      merged.interval = level.reportingInterval ?? merged.interval;
      for (const { match, disabled, tagOverrides = {} } of level.overrides ?? []) {
        if (!coversSide(match?.mode, side)) continue;
        merged.allDisabled = isAllMetrics(match) && disabled === true;
        if (merged.allDisabled) continue;
        for (const metric of metricsOf(match)) {
          const override = merged.overrides.get(metric) ?? { disabled: false, tags: new Map() };
          merged.overrides.set(metric, override);
          override.disabled = disabled ?? override.disabled;
          for (const [tag, { operation, value = '' }] of Object.entries(tagOverrides)) override.tags.set(tag, { remove: operation === 'REMOVE', value: operation === 'REMOVE' ? '' : value });
        }
      }
    }
  }
  return providers;
}

function nothing(): ProviderMetrics {
  return { allDisabled: false, overrides: new Map(), interval: undefined };
}

function isAllMetrics(match: MetricSelector | undefined): boolean {
  return match?.customMetric === undefined && (match?.metric === undefined || match.metric === 'ALL_METRICS');
}

function metricsOf(match: MetricSelector | undefined): readonly string[] {
  if (match?.customMetric !== undefined) return [match.customMetric];
  return match?.metric === undefined || match.metric === 'ALL_METRICS' ? Object.keys(METRIC_NAMES) : [match.metric];
}
