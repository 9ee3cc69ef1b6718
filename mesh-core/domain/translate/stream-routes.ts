import type { NetworkFilter } from '../envoy/resources.ts';
import { matchesLabels } from '../resources/label-selector.ts';
import type { L4Match, RouteDestination } from '../resources/networking.ts';
import type { ProxyNode } from './mesh-snapshot.ts';
import type { ProxyContext } from './proxy-context.ts';
import { destinationCluster } from './route-destination.ts';
import { connectionSettings, tcpFilterOf } from './tcp-filter.ts';

/**
 * The filter for the destinations of a `tcp[]` or `tls[]` route; several share by weight, those without weight get
 * nothing. `owner` (`name.namespace`) stands for a split in statistics. Undefined: there is no destination.
 * Source: istiod's buildOutboundNetworkFilters.
 */
export function routeFilter(context: ProxyContext, routes: readonly RouteDestination[], listenPort: number, owner: string): NetworkFilter | undefined {
  const [first] = routes;
  if (first === undefined) return undefined;
  const clusterOf = ({ destination }: RouteDestination): string => destinationCluster(destination, context.findService, listenPort);
  const service = context.findService(first.destination.host);
  const rule = service === undefined ? undefined : context.destinationRuleOf(service);
  if (routes.length === 1) {
    const cluster = clusterOf(first);
    return tcpFilterOf({ statPrefix: cluster, cluster, ...connectionSettings(rule, first.destination.subset ?? '', true) });
  }
  const clusters = routes.filter(({ weight }) => (weight ?? 0) > 0).map((route) => ({ name: clusterOf(route), weight: route.weight ?? 0 }));
  return clusters.length === 0 ? undefined : tcpFilterOf({ statPrefix: owner, weightedClusters: { clusters }, ...connectionSettings(rule, '', true) });
}

/** Do the conditions hold that are known before any connection: the listener's port, the caller, the gateway? Source: istiod's matchTCP. */
export function holdsFor(match: L4Match, { node, gateway, port }: { readonly node: Pick<ProxyNode, 'labels' | 'namespace'>; readonly gateway: string; readonly port: number }): boolean {
  const isBound = (match.gateways ?? []).length === 0 || match.gateways?.includes(gateway) === true;
  const isPort = !match.port || match.port === port;
  const isNamespace = !match.sourceNamespace || match.sourceNamespace === node.namespace;
  return isBound && isPort && isNamespace && matchesLabels(match.sourceLabels, node.labels);
}
