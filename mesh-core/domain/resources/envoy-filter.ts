import type { KubeObject } from './kube-object.ts';
import type { TargetRef } from './security.ts';

/** Patches of Envoy configuration. Source: istio/api networking/v1alpha3 envoy_filter.proto. */
export interface EnvoyConfigPatch {
  readonly applyTo?: string;
  readonly match?: { readonly context?: 'ANY' | 'SIDECAR_INBOUND' | 'SIDECAR_OUTBOUND' | 'GATEWAY' | 'WAYPOINT'; readonly [field: string]: unknown };
  readonly patch?: { readonly operation?: string; readonly value?: unknown; readonly filterClass?: string };
}
export interface EnvoyFilterSpec {
  readonly workloadSelector?: { readonly labels?: Readonly<Record<string, string>> };
  readonly targetRefs?: readonly TargetRef[];
  readonly configPatches?: readonly EnvoyConfigPatch[];
  readonly priority?: number;
}
export type EnvoyFilter = KubeObject<EnvoyFilterSpec>;
