import { NETWORK_FILTER_URLS } from '../envoy/network-filters.ts';
import type { TcpProxy } from '../envoy/network-filters.ts';
import type { NetworkFilter } from '../envoy/resources.ts';
import type { MergedDestinationRule } from './destination-rule.ts';
import { protoDuration } from './proto-duration.ts';

/** Where a connection goes, and how long it may last. */
export type TcpTarget = Omit<TcpProxy, '@type'>;

/** The network filter that joins a connection to one of a cluster. */
export function tcpFilterOf(target: TcpTarget): NetworkFilter {
  return { name: 'envoy.filters.network.tcp_proxy', typedConfig: { '@type': NETWORK_FILTER_URLS.tcpProxy, ...target } };
}

/** To one cluster, with nothing else to say. */
export function plainTcpFilter(cluster: string, statPrefix: string = cluster): NetworkFilter {
  return tcpFilterOf({ statPrefix, cluster });
}

/**
 * What a DestinationRule says of connections besides their cluster: idle time, length of life, stickiness by source
 * address, tunnel. Source: istiod's buildOutboundNetworkFiltersWithSingleDestination, maybeSetHashPolicy, tunnelingconfig.Apply.
 */
export function connectionSettings(rule: MergedDestinationRule | undefined, subsetName: string, mayTunnel: boolean): Partial<TcpTarget> {
  const tcp = rule?.trafficPolicy?.connectionPool?.tcp;
  const idleTimeout = protoDuration(tcp?.idleTimeout);
  const maxDownstreamConnectionDuration = protoDuration(tcp?.maxConnectionDuration);
  const subset = rule?.subsets.find(({ name }) => name === subsetName);
  const balancer = subset?.trafficPolicy?.loadBalancer ?? rule?.trafficPolicy?.loadBalancer;
  const tunnel = subsetName === '' ? rule?.trafficPolicy?.tunnel : subset?.trafficPolicy?.tunnel;
  return {
    ...(idleTimeout === undefined ? undefined : { idleTimeout }),
    ...(maxDownstreamConnectionDuration === undefined ? undefined : { maxDownstreamConnectionDuration }),
    ...(balancer?.consistentHash?.useSourceIp === true ? { hashPolicy: [{ sourceIp: {} }] } : undefined),
    ...(tunnel === undefined || !mayTunnel ? undefined : { tunnelingConfig: { hostname: `${tunnel.targetHost.includes(':') ? `[${tunnel.targetHost}]` : tunnel.targetHost}:${tunnel.targetPort}`, ...(tunnel.protocol === 'POST' ? { usePost: true } : undefined) } }),
  };
}
