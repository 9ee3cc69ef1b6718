/**
 * Parts of envoy.config.cluster.v3.Cluster beyond the first ones: load balancer settings, sockets, DNS, retry budgets.
 * Durations are "1.5s", percentages `{ value }` in 0..100. Source: envoy.config.cluster.v3.
 */
export interface SlowStart {
  /** An endpoint that is younger gets less. */
  readonly slowStartWindow?: string;
  readonly aggression?: { readonly defaultValue: number; readonly runtimeKey: string };
  readonly minWeightPercent?: { readonly value: number };
}
export interface ClusterOptions {
  /** 64-bit numbers are texts in proto3 JSON. */
  readonly ringHashLbConfig?: { readonly minimumRingSize?: string };
  readonly maglevLbConfig?: { readonly tableSize?: string };
  readonly leastRequestLbConfig?: { readonly slowStartConfig?: SlowStart };
  readonly roundRobinLbConfig?: { readonly slowStartConfig?: SlowStart };
  /** Connects to this port of the original destination's address. */
  readonly originalDstLbConfig?: { readonly upstreamPortOverride?: number };
  readonly upstreamConnectionOptions?: { readonly tcpKeepalive?: { readonly keepaliveProbes?: number; readonly keepaliveTime?: number; readonly keepaliveInterval?: number } };
  readonly upstreamBindConfig?: { readonly sourceAddress: { readonly address: string; readonly portValue: number } };
  readonly dnsLookupFamily?: 'AUTO' | 'V4_ONLY' | 'V6_ONLY' | 'V4_PREFERRED' | 'ALL';
  readonly dnsRefreshRate?: string;
  readonly respectDnsTtl?: boolean;
  /** A kind of cluster with a configuration of its own, in place of `type`. */
  readonly clusterType?: { readonly name: string; readonly typedConfig: { readonly '@type': string; readonly [field: string]: unknown } };
}
export interface CommonLbConfig {
  /** 0 = never send to unhealthy hosts; absent = Envoy's 50 %. */
  readonly healthyPanicThreshold?: { readonly value: number };
  /** Localities get what their `loadBalancingWeight` says. */
  readonly localityWeightedLbConfig?: Readonly<Record<string, never>>;
  readonly zoneAwareLbConfig?: { readonly routingEnabled?: { readonly value: number }; readonly minClusterSize?: string };
}
export interface CircuitBreakerThresholds {
  readonly maxConnections?: number;
  readonly maxPendingRequests?: number;
  readonly maxRequests?: number;
  readonly maxRetries?: number;
  /** Retries as a share of the active requests, in place of `maxRetries`. */
  readonly retryBudget?: { readonly budgetPercent?: { readonly value: number }; readonly minRetryConcurrency?: number; readonly budgetInterval?: string };
}
/** Local failures (connect errors) counted apart from the host's own answers. */
export interface LocalOriginDetection {
  readonly splitExternalLocalOriginErrors?: boolean;
  readonly consecutiveLocalOriginFailure?: number;
  readonly enforcingConsecutiveLocalOriginFailure?: number;
  readonly enforcingLocalOriginSuccessRate?: number;
}
/** When a listener filter does not look at a connection. Source: envoy.config.listener.v3.ListenerFilterChainMatchPredicate. */
export interface ListenerFilterPredicate {
  /** `end` is not part of it. */
  readonly destinationPortRange?: { readonly start: number; readonly end: number };
  readonly orMatch?: { readonly rules: readonly ListenerFilterPredicate[] };
  readonly notMatch?: ListenerFilterPredicate;
}
