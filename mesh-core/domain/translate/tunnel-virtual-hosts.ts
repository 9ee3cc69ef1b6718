import type { TcpProxy } from '../envoy/network-filters.ts';
import type { Route, VirtualHost } from '../envoy/resources.ts';
import { streamChains } from './outbound-stream-chains.ts';
import { isHttp, listenerProtocol } from './port-protocol.ts';
import type { ProxyContext } from './proxy-context.ts';
import type { MeshPort, MeshService } from './service-registry.ts';
import type { EgressScope } from './sidecar-scope.ts';
import { serviceDomains } from './virtual-host-domains.ts';

/**
 * Adds to the hosts of a sidecar's HTTP proxy what CONNECT may open a tunnel to: each service port that speaks TCP, TLS or
 * something unnamed. Without interception this is how an app reaches a TCP service: any client that knows HTTPS proxies
 * can. A port that may speak HTTP as well keeps its routes; the proxy looks which it is.
 */
export function withTunnels(context: ProxyContext, egress: EgressScope, hosts: readonly VirtualHost[]): VirtualHost[] {
  const byName = new Map(hosts.map((host) => [host.name, host]));
  const taken = new Set(hosts.flatMap(({ domains }) => domains));
  for (const service of egress.services) {
    for (const port of service.ports) {
      if (isHttp(port.protocol) || listenerProtocol(port.protocol) === undefined) continue;
      const route = tunnelRoute(context, egress, service, port);
      if (route === undefined) continue;
      const name = `${service.hostname}:${port.number}`;
      const known = byName.get(name);
      if (known !== undefined) {
        byName.set(name, { ...known, routes: [...known.routes, route] });
        continue;
      }
      const domains = serviceDomains(service, context.node.namespace).domains.map((domain) => `${domain}:${port.number}`).filter((domain) => !taken.has(domain));
      for (const domain of domains) taken.add(domain);
      if (domains.length > 0) byName.set(name, { name, domains, routes: [route] });
    }
  }
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** To where a TCP listener for the port would lead: a `tcp[]` route's destinations, else the service itself. */
function tunnelRoute(context: ProxyContext, egress: EgressScope, service: MeshService, port: MeshPort): Route | undefined {
  const chains = streamChains(context, { service, port: { number: port.number, protocol: 'tcp' }, destinations: [], address: '', bind: '' }, egress.virtualServices);
  const config = chains.find(({ destinations = [] }) => destinations.length === 0)?.filters.at(-1)?.typedConfig;
  if (config === undefined) return undefined;
  // Safe because stream chains end in a TCP proxy.
  const { cluster, weightedClusters } = config as unknown as TcpProxy;
  const target = weightedClusters === undefined ? (cluster === undefined ? undefined : { cluster }) : { weightedClusters };
  return target === undefined ? undefined : { name: 'tunnel', match: { connectMatcher: {} }, route: { ...target, upgradeConfigs: [{ upgradeType: 'CONNECT', connectConfig: {} }] } };
}
