import type { KubeObject } from './kube-object.ts';
import type { ConnectionPool } from './traffic-policy.ts';
import type { ServerTls } from './networking.ts';

/** What one workload, namespace or the mesh imports, and which listeners its proxies open. Source: istio/api networking/v1 sidecar.proto. */
export interface SidecarPort { readonly number?: number; readonly protocol?: string; readonly name?: string }
export interface SidecarIngress {
  readonly port?: SidecarPort;
  readonly bind?: string;
  readonly captureMode?: 'DEFAULT' | 'IPTABLES' | 'NONE';
  readonly defaultEndpoint?: string;
  readonly tls?: ServerTls;
  readonly connectionPool?: ConnectionPool;
}
export interface SidecarEgress {
  readonly port?: SidecarPort;
  readonly bind?: string;
  readonly captureMode?: 'DEFAULT' | 'IPTABLES' | 'NONE';
  /** `namespace/dnsName`. */
  readonly hosts?: readonly string[];
}
/** A set outboundTrafficPolicy without a mode is REGISTRY_ONLY, the first value of the enum. */
export interface OutboundTrafficPolicy { readonly mode?: 'REGISTRY_ONLY' | 'ALLOW_ANY'; readonly egressProxy?: { readonly host?: string; readonly subset?: string; readonly port?: { readonly number?: number } } }
export interface SidecarSpec {
  readonly workloadSelector?: { readonly labels?: Readonly<Record<string, string>> };
  readonly ingress?: readonly SidecarIngress[];
  readonly egress?: readonly SidecarEgress[];
  readonly inboundConnectionPool?: ConnectionPool;
  readonly outboundTrafficPolicy?: OutboundTrafficPolicy;
}
export type Sidecar = KubeObject<SidecarSpec>;
