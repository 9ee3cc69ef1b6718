import type { Service } from '../resources/core.ts';
import type { DestinationRule, Gateway, ServiceEntry, VirtualService, WorkloadEntry } from '../resources/networking.ts';
import type { AuthorizationPolicy, PeerAuthentication } from '../resources/security.ts';

/** The whole configuration at one moment: the only input of translation besides the proxy it is for. */
export interface MeshSnapshot {
  readonly services: readonly Service[];
  readonly workloadEntries: readonly WorkloadEntry[];
  readonly virtualServices: readonly VirtualService[];
  readonly destinationRules: readonly DestinationRule[];
  readonly gateways: readonly Gateway[];
  readonly serviceEntries: readonly ServiceEntry[];
  readonly authorizationPolicies: readonly AuthorizationPolicy[];
  readonly peerAuthentications: readonly PeerAuthentication[];
  readonly mesh: MeshSettings;
}
/** The part of Istio's MeshConfig that is used. */
export interface MeshSettings {
  readonly trustDomain: string;
  readonly rootNamespace: string;
  readonly outboundTrafficPolicy: 'ALLOW_ANY' | 'REGISTRY_ONLY';
}
export const DEFAULT_MESH_SETTINGS: MeshSettings = { trustDomain: 'cluster.local', rootNamespace: 'istio-system', outboundTrafficPolicy: 'REGISTRY_ONLY' };

/**
 * The proxy that configuration is for, from the xDS node: id `sidecar~<ip>~<workload>.<ns>~<ns>.svc.cluster.local`
 * (or `router~…`) and its metadata. Interception mode is NONE: every listener binds a real port of 127.0.0.1.
 */
export interface ProxyNode {
  readonly id: string;
  readonly type: 'sidecar' | 'router';
  readonly namespace: string;
  /** Workload (deployment) name, e.g. `catalog-v1`. */
  readonly workload: string;
  readonly serviceAccount: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly address: string;
  /** Ports the proxy has bound. A gateway has no inbound/outbound ports: its listeners come from Gateway objects. */
  readonly inboundPort?: number;
  readonly outboundPort?: number;
  readonly statsPort?: number;
  /** The app behind the sidecar on 127.0.0.1. Absent: a client-only workload. */
  readonly appPort?: number;
}

/** Keys of the xDS node metadata (a Struct) from which a ProxyNode is read. Istio's names where it has one. */
export const NODE_METADATA = {
  namespace: 'NAMESPACE',
  workload: 'WORKLOAD_NAME',
  serviceAccount: 'SERVICE_ACCOUNT',
  labels: 'LABELS',
  interceptionMode: 'INTERCEPTION_MODE',
  /** Present = the control plane registers a WorkloadEntry for this proxy and removes it after it leaves. */
  autoRegisterGroup: 'AUTO_REGISTER_GROUP',
  inboundPort: 'INBOUND_PORT',
  outboundPort: 'OUTBOUND_PORT',
  statsPort: 'STATS_PORT',
  appPort: 'APP_PORT',
} as const;
