import type { Condition } from './core.ts';
import type { KubeObject } from './kube-object.ts';

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
  readonly delay?: { readonly percentage?: { readonly value?: number }; readonly fixedDelay?: string };
  readonly abort?: { readonly percentage?: { readonly value?: number }; readonly httpStatus?: number };
}
export interface HTTPRetry {
  readonly attempts?: number;
  readonly perTryTimeout?: string;
  readonly retryOn?: string;
}
export interface HTTPMirrorPolicy {
  readonly destination: Destination;
  readonly percentage?: { readonly value?: number };
}
export interface HTTPRoute {
  readonly name?: string;
  readonly match?: readonly HTTPMatchRequest[];
  readonly route?: readonly HTTPRouteDestination[];
  readonly redirect?: { readonly uri?: string; readonly authority?: string; readonly port?: number; readonly scheme?: string; readonly redirectCode?: number };
  readonly directResponse?: { readonly status: number; readonly body?: { readonly string?: string } };
  readonly rewrite?: { readonly uri?: string; readonly authority?: string };
  readonly timeout?: string;
  readonly retries?: HTTPRetry;
  readonly fault?: HTTPFaultInjection;
  readonly mirror?: Destination;
  readonly mirrorPercentage?: { readonly value?: number };
  readonly mirrors?: readonly HTTPMirrorPolicy[];
  readonly headers?: Headers;
  readonly corsPolicy?: Readonly<Record<string, unknown>>;
  readonly delegate?: { readonly name: string; readonly namespace?: string };
}
export interface VirtualServiceSpec {
  readonly hosts?: readonly string[];
  readonly gateways?: readonly string[];
  readonly http?: readonly HTTPRoute[];
  readonly tls?: readonly unknown[];
  readonly tcp?: readonly unknown[];
  readonly exportTo?: readonly string[];
}
export type VirtualService = KubeObject<VirtualServiceSpec>;

export interface TrafficPolicy {
  readonly loadBalancer?: { readonly simple?: string; readonly consistentHash?: Readonly<Record<string, unknown>> };
  readonly connectionPool?: {
    readonly tcp?: { readonly maxConnections?: number; readonly connectTimeout?: string };
    readonly http?: { readonly http1MaxPendingRequests?: number; readonly http2MaxRequests?: number; readonly maxRequestsPerConnection?: number; readonly maxRetries?: number; readonly idleTimeout?: string };
  };
  readonly outlierDetection?: {
    readonly consecutive5xxErrors?: number;
    readonly consecutiveGatewayErrors?: number;
    readonly interval?: string;
    readonly baseEjectionTime?: string;
    readonly maxEjectionPercent?: number;
    readonly minHealthPercent?: number;
  };
  readonly tls?: { readonly mode?: 'DISABLE' | 'SIMPLE' | 'MUTUAL' | 'ISTIO_MUTUAL'; readonly [field: string]: unknown };
  readonly portLevelSettings?: readonly ({ readonly port: { readonly number: number } } & Omit<TrafficPolicy, 'portLevelSettings'>)[];
}
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
}
export type DestinationRule = KubeObject<DestinationRuleSpec>;

export interface GatewayServer {
  readonly port: { readonly number: number; readonly name: string; readonly protocol: string };
  readonly hosts: readonly string[];
  readonly tls?: Readonly<Record<string, unknown>>;
  readonly name?: string;
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
  readonly resolution?: 'NONE' | 'STATIC' | 'DNS' | 'DNS_ROUND_ROBIN';
  readonly endpoints?: readonly WorkloadEntrySpec[];
  readonly workloadSelector?: { readonly labels?: Readonly<Record<string, string>> };
  readonly exportTo?: readonly string[];
}
export type ServiceEntry = KubeObject<ServiceEntrySpec>;
