import type { Cluster, ClusterLoadAssignment } from '../envoy/resources.ts';
import { sniOf } from './cluster-name.ts';
import { mergeGateways } from './gateway-servers.ts';
import type { ProxyContext } from './proxy-context.ts';
import { serviceClusters } from './service-clusters.ts';

interface DnatResources {
  readonly clusters: readonly Cluster[];
  readonly endpoints: readonly ClusterLoadAssignment[];
}

/**
 * For a gateway with AUTO_PASSTHROUGH servers: every cluster of the mesh once more under the name that mesh callers put in
 * their SNI (`outbound_.80_.v1_.host`), without TLS of its own, because the connection is mutual TLS already, and so only
 * with endpoints that take that. Source: istiod's buildOutboundSniDnatClusters and EndpointsWithMTLSFilter.
 */
export function sniDnatClusters(context: ProxyContext): DnatResources {
  const hasAutoPassthrough = mergeGateways(context).ports.some(({ servers }) => servers.some(({ server }) => server.tls?.mode === 'AUTO_PASSTHROUGH'));
  if (!hasAutoPassthrough) return { clusters: [], endpoints: [] };
  const clusters: Cluster[] = [];
  const endpoints: ClusterLoadAssignment[] = [];
  for (const service of context.services) {
    if (service.external) continue;
    const built = serviceClusters(context, service);
    for (const { transportSocket: _socket, transportSocketMatches: _matches, ...cluster } of built.clusters) {
      const name = dnatName(cluster.name);
      clusters.push({ ...cluster, name, ...(cluster.edsClusterConfig === undefined ? undefined : { edsClusterConfig: { ...cluster.edsClusterConfig, serviceName: name } }) });
    }
    endpoints.push(...built.endpoints.map(meshEndpointsOnly));
  }
  return { clusters, endpoints };
}

function meshEndpointsOnly({ clusterName, endpoints }: ClusterLoadAssignment): ClusterLoadAssignment {
  const takesMutualTls = (metadata: { readonly filterMetadata?: Readonly<Record<string, Readonly<Record<string, unknown>>>> } | undefined): boolean => metadata?.filterMetadata?.['envoy.transport_socket_match']?.['tlsMode'] === 'istio';
  return {
    clusterName: dnatName(clusterName),
    endpoints: endpoints.map((group) => ({ ...group, lbEndpoints: group.lbEndpoints.filter(({ metadata }) => takesMutualTls(metadata)) })).filter(({ lbEndpoints }) => lbEndpoints.length > 0),
  };
}

function dnatName(clusterName: string): string {
  const [, port = '', subset = '', hostname = ''] = clusterName.split('|');
  return sniOf(Number(port), subset, hostname);
}
