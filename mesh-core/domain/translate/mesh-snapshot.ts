import type { Namespace, Secret, Service } from '../resources/core.ts';
import type { EnvoyFilter } from '../resources/envoy-filter.ts';
import type { BackendTlsPolicy, GatewayClass, KubeGateway, KubeGrpcRoute, KubeHttpRoute, KubeTcpRoute, KubeTlsRoute, ListenerSet, ReferenceGrant } from '../resources/gateway-api.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import type { DestinationRule, Gateway, HTTPRetry, ServiceEntry, VirtualService, WorkloadEntry, WorkloadGroup } from '../resources/networking.ts';
import type { RateLimitPolicy } from '../resources/rate-limit-policy.ts';
import type { AuthorizationPolicy, PeerAuthentication, RequestAuthentication } from '../resources/security.ts';
import type { Sidecar } from '../resources/sidecar.ts';
import type { Telemetry } from '../resources/telemetry.ts';
import type { CertificateCheck } from '../gateway-api/gateway-api-input.ts';
import type { DefaultProviders, ExtensionProvider } from './mesh-providers.ts';
import type { FetchedKeys } from './request-authentication.ts';

/** The whole configuration at one moment: the only input of translation besides the proxy it is for. */
export interface MeshSnapshot extends SnapshotLists {
  readonly mesh: MeshSettings;
  /** Key sets of token issuers that the control plane fetched; absent in the console, which does not fetch. */
  readonly fetchedKeys?: FetchedKeys;
  /** How certificates of gateways are checked; absent = by their form only. */
  readonly certificates?: CertificateCheck;
  /** True in the console: references to secrets count as good there. */
  readonly hidesSecrets?: boolean;
}
/** The objects of a snapshot. A new kind has a field here and a row in SNAPSHOT_KINDS. */
export interface SnapshotLists {
  readonly namespaces: readonly Namespace[];
  readonly services: readonly Service[];
  /** Empty in the console, which does not read secrets. */
  readonly secrets: readonly Secret[];
  readonly configMaps: readonly KubeObject[];
  readonly workloadEntries: readonly WorkloadEntry[];
  readonly workloadGroups: readonly WorkloadGroup[];
  readonly virtualServices: readonly VirtualService[];
  readonly destinationRules: readonly DestinationRule[];
  readonly gateways: readonly Gateway[];
  readonly serviceEntries: readonly ServiceEntry[];
  readonly sidecars: readonly Sidecar[];
  readonly envoyFilters: readonly EnvoyFilter[];
  readonly authorizationPolicies: readonly AuthorizationPolicy[];
  readonly peerAuthentications: readonly PeerAuthentication[];
  readonly requestAuthentications: readonly RequestAuthentication[];
  readonly telemetries: readonly Telemetry[];
  readonly rateLimitPolicies: readonly RateLimitPolicy[];
  readonly kubeGateways: readonly KubeGateway[];
  readonly gatewayClasses: readonly GatewayClass[];
  readonly listenerSets: readonly ListenerSet[];
  readonly httpRoutes: readonly KubeHttpRoute[];
  readonly grpcRoutes: readonly KubeGrpcRoute[];
  readonly tlsRoutes: readonly KubeTlsRoute[];
  readonly tcpRoutes: readonly KubeTcpRoute[];
  readonly backendTlsPolicies: readonly BackendTlsPolicy[];
  readonly referenceGrants: readonly ReferenceGrant[];
}
/** Which kind (its id in the table of kinds) fills which list. */
export const SNAPSHOT_KINDS: Readonly<Record<keyof SnapshotLists, string>> = {
  namespaces: 'Namespace',
  services: 'Service',
  secrets: 'Secret',
  configMaps: 'ConfigMap',
  workloadEntries: 'WorkloadEntry',
  workloadGroups: 'WorkloadGroup',
  virtualServices: 'VirtualService',
  destinationRules: 'DestinationRule',
  gateways: 'Gateway',
  serviceEntries: 'ServiceEntry',
  sidecars: 'Sidecar',
  envoyFilters: 'EnvoyFilter',
  authorizationPolicies: 'AuthorizationPolicy',
  peerAuthentications: 'PeerAuthentication',
  requestAuthentications: 'RequestAuthentication',
  telemetries: 'Telemetry',
  rateLimitPolicies: 'RateLimitPolicy',
  kubeGateways: 'K8sGateway',
  gatewayClasses: 'GatewayClass',
  listenerSets: 'ListenerSet',
  httpRoutes: 'HTTPRoute',
  grpcRoutes: 'GRPCRoute',
  tlsRoutes: 'TLSRoute',
  tcpRoutes: 'TCPRoute',
  backendTlsPolicies: 'BackendTLSPolicy',
  referenceGrants: 'ReferenceGrant',
};

/** Fills every list of a snapshot from `listOf`, which is given the id of a kind. */
export function snapshotLists(listOf: (kindId: string) => readonly KubeObject[]): SnapshotLists {
  // Safe because an object is only stored once it passed the schema of its kind, and tests build theirs alike.
  return Object.fromEntries(Object.entries(SNAPSHOT_KINDS).map(([list, kindId]) => [list, listOf(kindId)])) as unknown as SnapshotLists;
}

/** What is done to paths before anything looks at them. Source: MeshConfig.ProxyPathNormalization. */
export type PathNormalization = 'DEFAULT' | 'NONE' | 'BASE' | 'MERGE_SLASHES' | 'DECODE_AND_MERGE_SLASHES';

/** The part of Istio's MeshConfig that is used; an absent field is as by default. */
export interface MeshSettings {
  readonly trustDomain: string;
  readonly rootNamespace: string;
  readonly outboundTrafficPolicy: 'ALLOW_ANY' | 'REGISTRY_ONLY';
  readonly trustDomainAliases?: readonly string[];
  /** What is retried where a route says nothing; absent = Istio's default, no attempts = nothing. */
  readonly defaultHttpRetryPolicy?: HTTPRetry;
  /** How long a connection to an endpoint may take where no DestinationRule says; absent = 10s. */
  readonly connectTimeout?: string;
  readonly extensionProviders?: readonly ExtensionProvider[];
  readonly defaultProviders?: DefaultProviders;
  /** Absent = BASE (DEFAULT). */
  readonly pathNormalization?: PathNormalization;
  /** Absent = true. */
  readonly enableTracing?: boolean;
  /** Share of new traces in percent (defaultConfig.tracing.sampling); absent = 1. */
  readonly traceSamplingPercent?: number;
  /** Empty or absent = no access log unless Telemetry asks for one. */
  readonly accessLogFile?: string;
  readonly accessLogFormat?: string;
  readonly accessLogEncoding?: 'TEXT' | 'JSON';
}
export const DEFAULT_MESH_SETTINGS: MeshSettings = { trustDomain: 'cluster.local', rootNamespace: 'istio-system', outboundTrafficPolicy: 'REGISTRY_ONLY' };

/** A snapshot without any object, with the default settings. */
export const EMPTY_SNAPSHOT: MeshSnapshot = { ...snapshotLists(() => []), mesh: DEFAULT_MESH_SETTINGS };

/**
 * The proxy that configuration is for, from the xDS node: id `sidecar~<ip>~<workload>.<ns>~<ns>.svc.cluster.local`
 * (or `router~…`) and its metadata.
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
  /**
   * How connections reach it. NONE (also when absent): every listener binds a real port of 127.0.0.1. REDIRECT: connections
   * are captured as iptables would, and listeners are istiod's `virtualOutbound`, `virtualInbound` and one per service port.
   */
  readonly interception?: 'REDIRECT' | 'NONE';
  /** `region/zone/subzone`; absent = not told. */
  readonly locality?: string;
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
