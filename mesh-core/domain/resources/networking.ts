import type { Condition } from './core.ts';
import type { KubeObject } from './kube-object.ts';
import type { TrafficPolicy } from './traffic-policy.ts';

export type { ClientTls, ConnectionPool, ConsistentHash, LoadBalancer, OutlierDetection, PortTrafficPolicy, TrafficPolicy } from './traffic-policy.ts';

/**
 * Istio networking kinds (`networking.istio.io`), in their YAML form. Source: istio/api networking/v1 protos.
 * Durations are Go duration strings ("1.5s", "100ms"), percentages are 0..100.
 */
export interface StringMatch {
  readonly exact?: string;
  readonly prefix?: string;
  /** RE2, anchored to the whole value. */
  readonly regex?: string;
}
export interface HTTPMatchRequest {
  readonly name?: string;
  readonly uri?: StringMatch;
  readonly scheme?: StringMatch;
  readonly method?: StringMatch;
  readonly authority?: StringMatch;
  readonly headers?: Readonly<Record<string, StringMatch>>;
  readonly withoutHeaders?: Readonly<Record<string, StringMatch>>;
  readonly queryParams?: Readonly<Record<string, StringMatch>>;
  readonly port?: number;
  readonly ignoreUriCase?: boolean;
  readonly sourceLabels?: Readonly<Record<string, string>>;
  readonly sourceNamespace?: string;
  readonly gateways?: readonly string[];
}
export interface Destination {
  readonly host: string;
  readonly subset?: string;
  readonly port?: { readonly number?: number };
}
export interface HeaderOperations {
  readonly set?: Readonly<Record<string, string>>;
  readonly add?: Readonly<Record<string, string>>;
  readonly remove?: readonly string[];
}
export interface Headers {
  readonly request?: HeaderOperations;
  readonly response?: HeaderOperations;
}
export interface HTTPRouteDestination {
  readonly destination: Destination;
  /** Relative, non-negative; need not sum to 100. */
  readonly weight?: number;
  readonly headers?: Headers;
}
export interface HTTPFaultInjection {
  readonly delay?: { readonly percentage?: { readonly value?: number }; readonly fixedDelay?: string; readonly exponentialDelay?: string };
  readonly abort?: { readonly percentage?: { readonly value?: number }; readonly httpStatus?: number; readonly grpcStatus?: string; readonly http2Error?: string };
}
export interface HTTPRetry {
  readonly attempts?: number;
  readonly perTryTimeout?: string;
  readonly retryOn?: string;
  readonly backoff?: string;
  readonly retryRemoteLocalities?: boolean | null;
}
export interface HTTPMirrorPolicy {
  readonly destination: Destination;
  readonly percentage?: { readonly value?: number };
}
export interface HTTPRedirect {
  readonly uri?: string;
  readonly prefixRewrite?: string;
  readonly authority?: string;
  readonly port?: number;
  readonly derivePort?: 'FROM_PROTOCOL_DEFAULT' | 'FROM_REQUEST_PORT';
  readonly scheme?: string;
  readonly redirectCode?: number;
}
export interface CorsPolicy {
  readonly allowOrigin?: readonly string[];
  readonly allowOrigins?: readonly StringMatch[];
  readonly allowMethods?: readonly string[];
  readonly allowHeaders?: readonly string[];
  readonly exposeHeaders?: readonly string[];
  readonly maxAge?: string;
  readonly allowCredentials?: boolean | null;
  readonly unmatchedPreflights?: 'UNSPECIFIED' | 'FORWARD' | 'IGNORE';
}
export interface HTTPRoute {
  readonly name?: string;
  readonly match?: readonly HTTPMatchRequest[];
  readonly route?: readonly HTTPRouteDestination[];
  readonly redirect?: HTTPRedirect;
  readonly directResponse?: { readonly status: number; readonly body?: { readonly string?: string; readonly bytes?: string } };
  readonly rewrite?: { readonly uri?: string; readonly authority?: string; readonly uriRegexRewrite?: { readonly match?: string; readonly rewrite?: string } };
  readonly timeout?: string;
  readonly retries?: HTTPRetry;
  readonly fault?: HTTPFaultInjection;
  readonly mirror?: Destination;
  readonly mirrorPercentage?: { readonly value?: number };
  /** Deprecated forms of `mirrorPercentage`. */
  readonly mirrorPercent?: number | null;
  readonly mirror_percent?: number | null;
  readonly mirrors?: readonly HTTPMirrorPolicy[];
  readonly headers?: Headers;
  readonly corsPolicy?: CorsPolicy;
  readonly delegate?: { readonly name?: string; readonly namespace?: string };
}
/** Conditions on a connection that is not read as HTTP. */
export interface L4Match {
  readonly destinationSubnets?: readonly string[];
  readonly port?: number;
  readonly sourceLabels?: Readonly<Record<string, string>>;
  readonly sourceNamespace?: string;
  readonly gateways?: readonly string[];
}
export interface RouteDestination {
  readonly destination: Destination;
  readonly weight?: number;
}
export interface TLSRoute {
  readonly match: readonly (L4Match & { readonly sniHosts: readonly string[] })[];
  readonly route?: readonly RouteDestination[];
}
export interface TCPRoute {
  readonly match?: readonly (L4Match & { readonly sourceSubnet?: string })[];
  readonly route?: readonly RouteDestination[];
}
export interface VirtualServiceSpec {
  readonly hosts?: readonly string[];
  readonly gateways?: readonly string[];
  readonly http?: readonly HTTPRoute[];
  readonly tls?: readonly TLSRoute[];
  readonly tcp?: readonly TCPRoute[];
  readonly exportTo?: readonly string[];
}
export type VirtualService = KubeObject<VirtualServiceSpec>;

export interface Subset {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly trafficPolicy?: TrafficPolicy;
}
export interface DestinationRuleSpec {
  readonly host: string;
  readonly trafficPolicy?: TrafficPolicy;
  readonly subsets?: readonly Subset[];
  readonly exportTo?: readonly string[];
  readonly workloadSelector?: { readonly matchLabels?: Readonly<Record<string, string>> };
}
export type DestinationRule = KubeObject<DestinationRuleSpec>;

export interface GatewayServer {
  readonly port: { readonly number: number; readonly name: string; readonly protocol: string; readonly targetPort?: number };
  readonly hosts: readonly string[];
  readonly tls?: ServerTls;
  readonly name?: string;
  readonly bind?: string;
}
export interface ServerTls {
  readonly httpsRedirect?: boolean;
  /** Absent = PASSTHROUGH. */
  readonly mode?: 'PASSTHROUGH' | 'SIMPLE' | 'MUTUAL' | 'OPTIONAL_MUTUAL' | 'ISTIO_MUTUAL' | 'AUTO_PASSTHROUGH';
  readonly credentialName?: string;
  readonly credentialNames?: readonly string[];
  readonly serverCertificate?: string;
  readonly privateKey?: string;
  readonly caCertificates?: string;
  readonly caCrl?: string;
  readonly tlsCertificates?: readonly { readonly serverCertificate?: string; readonly privateKey?: string; readonly caCertificates?: string }[];
  readonly minProtocolVersion?: string;
  readonly maxProtocolVersion?: string;
  readonly cipherSuites?: readonly string[];
  readonly [field: string]: unknown;
}
export interface GatewaySpec {
  readonly selector?: Readonly<Record<string, string>>;
  readonly servers?: readonly GatewayServer[];
}
export type Gateway = KubeObject<GatewaySpec>;

export interface WorkloadEntrySpec {
  readonly address?: string;
  /** Service port name → port at `address`. In the bundled mesh that is the sidecar's inbound listener. */
  readonly ports?: Readonly<Record<string, number>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly serviceAccount?: string;
  readonly network?: string;
  readonly locality?: string;
  readonly weight?: number;
}
export interface WorkloadEntryStatus {
  readonly conditions?: readonly Condition[];
}
export type WorkloadEntry = KubeObject<WorkloadEntrySpec, WorkloadEntryStatus>;

export interface ServiceEntryPort {
  readonly number: number;
  readonly protocol?: string;
  readonly name: string;
  readonly targetPort?: number;
}
export interface ServiceEntrySpec {
  readonly hosts?: readonly string[];
  readonly addresses?: readonly string[];
  readonly ports?: readonly ServiceEntryPort[];
  readonly location?: 'MESH_EXTERNAL' | 'MESH_INTERNAL';
  readonly resolution?: 'NONE' | 'STATIC' | 'DNS' | 'DNS_ROUND_ROBIN' | 'DYNAMIC_DNS';
  readonly endpoints?: readonly WorkloadEntrySpec[];
  readonly workloadSelector?: { readonly labels?: Readonly<Record<string, string>> };
  readonly exportTo?: readonly string[];
  readonly subjectAltNames?: readonly string[];
}
export type ServiceEntry = KubeObject<ServiceEntrySpec>;

/** What auto-registered WorkloadEntries are made from. */
export interface WorkloadGroupSpec {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> };
  readonly template?: WorkloadEntrySpec;
  readonly probe?: Readonly<Record<string, unknown>>;
}
export type WorkloadGroup = KubeObject<WorkloadGroupSpec>;
