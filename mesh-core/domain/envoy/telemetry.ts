import type { Any } from './resources.ts';

/**
 * How a connection manager makes telemetry, as proto3 JSON; only the fields this mesh emits or obeys.
 * Source: envoy HttpConnectionManager.Tracing, envoy.config.accesslog.v3, envoy.type.tracing.v3; istio/proxy stats.PluginConfig.
 */
export const TELEMETRY_TYPE_URLS = {
  fileAccessLog: 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
  celFilter: 'type.googleapis.com/envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter',
  /** Carries messages whose type Envoy's own API does not have, here the statistics filter of Istio. */
  typedStruct: 'type.googleapis.com/xds.type.v3.TypedStruct',
  statsConfig: 'type.googleapis.com/stats.PluginConfig',
} as const;

/** The name of Istio's statistics filter. */
export const STATS_FILTER = 'istio.stats';

/** A share in percent, 0..100. */
export interface Percent { readonly value?: number }
export interface CustomTag {
  readonly tag: string;
  readonly literal?: { readonly value: string };
  readonly environment?: { readonly name: string; readonly defaultValue?: string };
  readonly requestHeader?: { readonly name: string; readonly defaultValue?: string };
  readonly metadata?: { readonly kind: { readonly request: Readonly<Record<string, never>> }; readonly metadataKey: { readonly key: string; readonly path: readonly { readonly key: string }[] } };
}
/** Absent from a connection manager: it makes no spans and leaves trace headers alone. */
export interface HcmTracing {
  readonly clientSampling?: Percent;
  /** Of new traces; absent = 100. */
  readonly randomSampling?: Percent;
  readonly overallSampling?: Percent;
  readonly customTags?: readonly CustomTag[];
  readonly maxPathTagLength?: number;
  /** A gateway's spans for its upstream calls. */
  readonly spawnUpstreamSpan?: boolean;
}

export interface SubstitutionFormat {
  readonly textFormatSource?: { readonly inlineString: string };
  readonly jsonFormat?: Readonly<Record<string, unknown>>;
  readonly omitEmptyValues?: boolean;
}
export interface FileAccessLog { readonly '@type': typeof TELEMETRY_TYPE_URLS.fileAccessLog; readonly path: string; readonly logFormat?: SubstitutionFormat }
export interface AccessLogConfig {
  readonly name: string;
  /** Absent = every request. */
  readonly filter?: { readonly extensionFilter: { readonly name: string; readonly typedConfig: Any } };
  readonly typedConfig: Any;
}

/** One metric's exceptions; an absent name means all. */
export interface MetricConfig {
  readonly name?: string;
  /** Tag → CEL expression. */
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly tags_to_remove?: readonly string[];
  readonly drop?: boolean;
}
/** The configuration of Istio's statistics filter, with its field names. */
export interface StatsConfig {
  readonly disable_host_header_fallback?: boolean;
  readonly tcp_reporting_duration?: string;
  readonly metrics?: readonly MetricConfig[];
}
