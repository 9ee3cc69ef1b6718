import type { KubeObject } from './kube-object.ts';
import type { TargetRef, WorkloadSelector } from './security.ts';

/** Kinds that are accepted and checked, but that this mesh's proxies do not run. Source: istio/api extensions/v1alpha1, networking/v1beta1. */
export interface PluginMatch {
  readonly mode?: string;
  readonly ports?: readonly { readonly number?: number }[];
}
export interface WasmModule {
  readonly url?: string;
  readonly sha256?: string;
  readonly imagePullSecret?: string;
  readonly pluginName?: string;
  readonly vmConfig?: { readonly env?: readonly { readonly name?: string; readonly value?: string; readonly valueFrom?: 'INLINE' | 'HOST' }[] };
}
interface Attached {
  readonly selector?: WorkloadSelector;
  readonly targetRef?: TargetRef;
  readonly targetRefs?: readonly TargetRef[];
  readonly match?: readonly PluginMatch[];
}
export type WasmPluginSpec = Attached & WasmModule;
export type WasmPlugin = KubeObject<WasmPluginSpec>;
export interface TrafficExtensionSpec extends Attached {
  readonly wasm?: WasmModule;
  readonly lua?: { readonly inlineCode?: string };
}
export type TrafficExtension = KubeObject<TrafficExtensionSpec>;
export interface ProxyConfigSpec {
  readonly selector?: WorkloadSelector;
  readonly concurrency?: number;
  readonly environmentVariables?: Readonly<Record<string, string>>;
  readonly image?: { readonly imageType?: string };
}
export type ProxyConfig = KubeObject<ProxyConfigSpec>;
