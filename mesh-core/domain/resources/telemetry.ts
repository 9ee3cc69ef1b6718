import type { KubeObject } from './kube-object.ts';
import type { TargetRef, WorkloadSelector } from './security.ts';

/** How telemetry is made. Source: istio/api telemetry/v1 telemetry.proto. */
export interface ProviderRef { readonly name?: string }
export type TelemetryMode = 'CLIENT_AND_SERVER' | 'CLIENT' | 'SERVER';
export interface TracingTag { readonly literal?: { readonly value?: string }; readonly environment?: { readonly name?: string; readonly defaultValue?: string }; readonly header?: { readonly name?: string; readonly defaultValue?: string }; readonly formatter?: { readonly value?: string } }
export interface TelemetryTracing {
  readonly match?: { readonly mode?: TelemetryMode };
  readonly providers?: readonly ProviderRef[];
  /** 0..100; absent = inherited. */
  readonly randomSamplingPercentage?: number;
  readonly disableSpanReporting?: boolean;
  readonly customTags?: Readonly<Record<string, TracingTag>>;
  readonly enableIstioTags?: boolean;
  readonly useRequestIdForTraceSampling?: boolean;
}
export interface MetricSelector { readonly metric?: string; readonly customMetric?: string; readonly mode?: TelemetryMode }
export interface MetricsOverride {
  readonly match?: MetricSelector;
  readonly disabled?: boolean;
  /** Absent operation = UPSERT, whose value is a CEL expression. */
  readonly tagOverrides?: Readonly<Record<string, { readonly operation?: 'UPSERT' | 'REMOVE'; readonly value?: string }>>;
}
export interface TelemetryMetrics { readonly providers?: readonly ProviderRef[]; readonly overrides?: readonly MetricsOverride[]; readonly reportingInterval?: string }
export interface TelemetryAccessLogging {
  readonly match?: { readonly mode?: TelemetryMode };
  readonly providers?: readonly ProviderRef[];
  readonly disabled?: boolean;
  /** CEL over the attributes of the request. */
  readonly filter?: { readonly expression?: string };
}
export interface TelemetrySpec {
  readonly selector?: WorkloadSelector;
  readonly targetRef?: TargetRef;
  readonly targetRefs?: readonly TargetRef[];
  readonly tracing?: readonly TelemetryTracing[];
  readonly metrics?: readonly TelemetryMetrics[];
  readonly accessLogging?: readonly TelemetryAccessLogging[];
}
export type Telemetry = KubeObject<TelemetrySpec>;
