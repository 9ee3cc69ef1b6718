import type { NetworkFilter } from '../envoy/resources.ts';
import { hostMatches, hostSubsetOf } from '../resources/host-name.ts';
import type { L4Match } from '../resources/networking.ts';
import { sniOf } from './cluster-name.ts';
import { hostNames, isPassthrough, takeHosts } from './gateway-servers.ts';
import type { BoundServer } from './gateway-servers.ts';
import { MESH_ALPN } from './inbound-chain-match.ts';
import type { ChainOptions } from './outbound-chain.ts';
import type { ProxyContext } from './proxy-context.ts';
import type { ProxyPolicies } from './proxy-policies.ts';
import { lookupsFor } from './gateway-routes.ts';
import { routeFilter } from './stream-routes.ts';
import { connectionSettings, tcpFilterOf } from './tcp-filter.ts';
import { resolveVirtualServices, virtualServicesFor } from './virtual-services.ts';
import type { ResolvedVirtualService } from './virtual-services.ts';

/** What a gateway chain needs besides its server. */
export interface GatewayStreamScope {
  readonly context: ProxyContext;
  readonly policies: ProxyPolicies;
  /** SNI names that are taken, by listener: two chains must not ask for one. */
  readonly takenNames: Map<string, Set<string>>;
  readonly listenPort: number;
}

/**
 * The chains of a server that is not read as HTTP: TCP to the first `tcp[]` route that takes its port, TLS that is handed
 * on unopened by the SNI of `tls[]` routes, or by the name of the mesh's own clusters (AUTO_PASSTHROUGH). None when no
 * VirtualService has a route for it. Source: istiod's createGatewayTCPFilterChainOpts.
 */
export function gatewayStreamChains(scope: GatewayStreamScope, bound: BoundServer): ChainOptions[] {
  if (bound.server.tls?.mode === 'AUTO_PASSTHROUGH') return autoPassthroughChains(scope.context, bound);
  if (isPassthrough(bound.server)) return passthroughChains(scope, bound);
  const filter = tcpRouteFilter(scope.context, bound);
  if (filter === undefined) return [];
  return [{ ...(bound.server.tls === undefined ? undefined : { sniHosts: [...new Set(hostNames(bound))].sort() }), filters: [...scope.policies.tcp, filter] }];
}

function tcpRouteFilter(context: ProxyContext, bound: BoundServer): NetworkFilter | undefined {
  for (const virtualService of boundTo(context, bound)) {
    const { resource } = virtualService;
    const route = (resource.spec?.tcp ?? []).find(({ match = [], route: to = [] }) => to.length > 0 && (match.length === 0 || match.some((one) => isFor(one, bound))));
    if (route !== undefined) return filterOf(context, virtualService, route.route ?? [], bound);
  }
  return undefined;
}

function passthroughChains({ context, takenNames, listenPort }: GatewayStreamScope, bound: BoundServer): ChainOptions[] {
  return boundTo(context, bound).flatMap((virtualService) =>
    (virtualService.resource.spec?.tls ?? []).flatMap((tls) => {
      const filter = filterOf(context, virtualService, tls.route ?? [], bound);
      if (filter === undefined) return [];
      return tls.match.filter((match) => isFor(match, bound) && takeHosts(takenNames, match.sniHosts, `${listenPort} ${bound.server.bind ?? ''}`)).map(({ sniHosts }) => ({ sniHosts, filters: [filter] }));
    }),
  );
}

/** One chain per cluster of the mesh: the SNI names it, and only mesh mTLS comes through. */
function autoPassthroughChains(context: ProxyContext, bound: BoundServer): ChainOptions[] {
  const names = hostNames(bound);
  return context.services
    .filter(({ external, hostname }) => !external && names.some((name) => hostSubsetOf(hostname, name)))
    .flatMap((service) => {
      const rule = context.destinationRuleOf(service);
      return service.ports
        .filter(({ protocol }) => protocol !== 'udp')
        .flatMap((port) =>
          ['', ...(rule?.subsets ?? []).map(({ name }) => name)].map((subset): ChainOptions => {
            const cluster = sniOf(port.number, subset, service.hostname);
            return { sniHosts: [cluster], applicationProtocols: MESH_ALPN, filters: [tcpFilterOf({ statPrefix: cluster, cluster, ...connectionSettings(rule, subset, false) })] };
          }),
        );
    });
}

/** The VirtualServices of the server's Gateway that share a host with it. Source: istiod's pickMatchingGatewayHosts. */
function boundTo({ snapshot, node }: ProxyContext, { gateway, hosts }: BoundServer): ResolvedVirtualService[] {
  return virtualServicesFor(resolveVirtualServices(snapshot.virtualServices), gateway, node.namespace).filter((virtualService) =>
    hosts.some((host) => {
      const slash = host.indexOf('/');
      const isAdmitted = slash === -1 || host.slice(0, slash) === virtualService.namespace;
      return isAdmitted && virtualService.hosts.some((name) => hostMatches(host.slice(slash + 1), name));
    }),
  );
}

/** Only port and gateway are looked at here, as in istiod. */
function isFor({ port, gateways = [] }: L4Match, { server, gateway }: BoundServer): boolean {
  return (!port || port === server.port.number) && (gateways.length === 0 || gateways.includes(gateway));
}

function filterOf(context: ProxyContext, virtualService: ResolvedVirtualService, routes: Parameters<typeof routeFilter>[1], { server }: BoundServer): NetworkFilter | undefined {
  const { findService } = lookupsFor(context, virtualService);
  return routeFilter({ ...context, findService }, routes, server.port.number, `${virtualService.resource.metadata.name}.${virtualService.namespace}`);
}
