import type { RbacRules } from './resources.ts';
import type { AccessLogConfig } from './telemetry.ts';

/**
 * Network (layer 4) filters of Envoy v3 as proto3 JSON: what a filter chain does with a connection's bytes.
 * Source: envoy.extensions.filters.network.{tcp_proxy,rbac,sni_cluster,metadata_exchange}.v3.
 */
export const NETWORK_FILTER_URLS = {
  tcpProxy: 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
  rbac: 'type.googleapis.com/envoy.extensions.filters.network.rbac.v3.RBAC',
  /** The SNI of the connection names the cluster: AUTO_PASSTHROUGH gateways. */
  sniCluster: 'type.googleapis.com/envoy.extensions.filters.network.sni_cluster.v3.SniCluster',
} as const;

/** Joins a connection to one to a cluster's endpoint. */
export interface TcpProxy {
  readonly '@type': string;
  readonly statPrefix: string;
  /** One of `cluster` and `weightedClusters`. */
  readonly cluster?: string;
  readonly weightedClusters?: { readonly clusters: readonly { readonly name: string; readonly weight: number }[] };
  /** Without a byte either way; absent = one hour, "0s" = for ever. */
  readonly idleTimeout?: string;
  /** How long a connection may last; absent = for ever. */
  readonly maxDownstreamConnectionDuration?: string;
  /** The connection goes through a CONNECT tunnel of its own. */
  readonly tunnelingConfig?: { readonly hostname: string; readonly usePost?: true };
  /** Absent = 1. */
  readonly maxConnectAttempts?: number;
  /** Only the source address can be hashed. */
  readonly hashPolicy?: readonly { readonly sourceIp: Record<string, never> }[];
  readonly accessLog?: readonly AccessLogConfig[];
}
/** Judges a connection before the filters after it see a byte; refused = closed. */
export interface NetworkRbac {
  readonly '@type': string;
  readonly statPrefix: string;
  readonly rules?: RbacRules;
  readonly shadowRules?: RbacRules;
  readonly shadowRulesStatPrefix?: string;
}

/** What a connection must be for a filter chain to take it; every field that is there must hold. Source: envoy.config.listener.v3.FilterChainMatch. */
export interface FilterChainMatch {
  readonly destinationPort?: number;
  readonly prefixRanges?: readonly CidrRange[];
  /** Exact or `*.suffix`. */
  readonly serverNames?: readonly string[];
  readonly transportProtocol?: 'tls' | 'raw_buffer';
  /** ALPN names that the client offered, or `http/1.0`, `http/1.1`, `h2c` as the HTTP inspector finds them. */
  readonly applicationProtocols?: readonly string[];
  readonly directSourcePrefixRanges?: readonly CidrRange[];
  readonly sourceType?: 'ANY' | 'SAME_IP_OR_LOOPBACK' | 'EXTERNAL';
  readonly sourcePrefixRanges?: readonly CidrRange[];
  readonly sourcePorts?: readonly number[];
}
interface CidrRange { readonly addressPrefix: string; readonly prefixLen?: number }
