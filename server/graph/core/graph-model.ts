/**
 * The graph as the page draws it. Built purely from query results (see build-graph.ts). Rates are per second,
 * latencies milliseconds, ratios 0..1; `null` = no data, never 0.
 */
export type GraphType = 'service' | 'workload' | 'app' | 'versionedApp';
export type HealthStatus = 'healthy' | 'degraded' | 'failing' | 'not-ready' | 'idle' | 'unknown';
export interface Health {
  readonly status: HealthStatus;
  /** In words: "3.2 % of HTTP responses were 5xx (degraded above 0 %, failing from 10 %)". */
  readonly reason: string;
}
export interface ProtocolRates {
  readonly protocol: 'http' | 'grpc' | 'tcp';
  /** Requests/s, or bytes/s for tcp. */
  readonly rate: number;
  /** Share of 4xx, 5xx and no response in `rate`. */
  readonly errorRatio: number;
  /** code → requests/s; `-` = no response. */
  readonly codes: Readonly<Record<string, number>>;
  /** Envoy response flags → requests/s; `-` = none. */
  readonly flags: Readonly<Record<string, number>>;
}
/** A configuration object that has a say in a node's traffic. */
export interface GraphConfigRef {
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace?: string;
  readonly name: string;
}
export interface GraphNode {
  readonly id: string;
  readonly kind: 'service' | 'workload' | 'app' | 'unknown' | 'serviceEntry';
  readonly namespace: string;
  readonly service?: string;
  readonly workload?: string;
  readonly app?: string;
  readonly version?: string;
  readonly label: string;
  /** Box this node is drawn in (app with several versions), if any. */
  readonly parent?: string;
  readonly health: Health;
  readonly inbound: readonly ProtocolRates[];
  readonly outbound: readonly ProtocolRates[];
  readonly isRoot: boolean;
  readonly isIdle: boolean;
  readonly isOutside: boolean;
  readonly isGateway: boolean;
  /** virtual-service, traffic-split, fault-injection, mirroring, timeout, circuit-breaker, authorization-policy, no-sidecar. */
  readonly badges: readonly string[];
  /** Routing, policy and identity objects that apply to it now: VirtualService, DestinationRule, AuthorizationPolicy … */
  readonly config?: readonly GraphConfigRef[];
  /** Services (names in `namespace`) that send to this workload or app. */
  readonly services?: readonly string[];
}
export interface GraphEdge {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly rates: ProtocolRates;
  /** Share of the source's outgoing requests of this protocol. */
  readonly shareOfSource: number;
  readonly latencyMs: { readonly p50: number | null; readonly p95: number | null; readonly p99: number | null };
  /** Bytes/s of request and response bodies. */
  readonly throughput: { readonly request: number | null; readonly response: number | null };
  /** Share of this edge's requests with mutual TLS. */
  readonly mtls: number | null;
  readonly sourcePrincipal?: string;
  readonly destinationPrincipal?: string;
  readonly health: Health;
}
export interface GraphBox { readonly id: string; readonly kind: 'namespace' | 'app'; readonly label: string; readonly namespace: string }
export interface Graph {
  readonly type: GraphType;
  /** Unix seconds of the queries, and the window in seconds. */
  readonly at: number;
  readonly durationSeconds: number;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly boxes: readonly GraphBox[];
  /** The PromQL that made it, by name: every number opens its query. */
  readonly queries: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}
