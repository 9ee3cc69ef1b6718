import type { FilterChain, HttpFilter, Listener, RouteConfiguration } from '../envoy/resources.ts';
import { buildGatewayRoutes, gatewayRouteName } from './gateway-routes.ts';
import { gatewayPorts, hostNames } from './gateway-servers.ts';
import type { BoundServer, GatewayPort } from './gateway-servers.ts';
import { gatewayServerSocket } from './gateway-tls-socket.ts';
import { LOOPBACK, TLS_DETECTION, httpFilterOf, routesByName } from './http-listener.ts';
import type { ProxyContext } from './proxy-context.ts';
import { proxyPolicies } from './proxy-policies.ts';

export interface GatewayResources {
  readonly listeners: readonly Listener[];
  readonly routes: readonly RouteConfiguration[];
}

/**
 * The listeners of a gateway proxy, one per port that Gateway objects open on it, and their route configurations. The
 * gateway's own AuthorizationPolicies are judged before routing. Source: istiod's buildGatewayListeners.
 */
export function buildGateway(context: ProxyContext): GatewayResources {
  const policies = proxyPolicies(context).http;
  const listeners: Listener[] = [];
  const routes: RouteConfiguration[] = [];
  for (const port of gatewayPorts(context, LOOPBACK)) {
    listeners.push(listenerOf(port, policies));
    const byName = Map.groupBy(port.servers, (server) => gatewayRouteName(port, server));
    for (const [name, servers] of byName) routes.push(buildGatewayRoutes(context, name, servers, port.kind === 'https'));
  }
  return { listeners, routes: mergeByName(routes) };
}

function listenerOf(port: GatewayPort, policies: readonly HttpFilter[]): Listener {
  const name = `${port.bind}_${port.port}`;
  const [first] = port.servers;
  return {
    name,
    address: { socketAddress: { address: port.bind, portValue: port.port } },
    trafficDirection: 'OUTBOUND',
    ...(port.kind === 'https' ? { listenerFilters: TLS_DETECTION } : undefined),
    filterChains: port.kind === 'https' ? port.servers.map((server) => tlsChain(port, server, policies)) : first === undefined ? [] : [{ name, filters: [filterOf(port, first, policies)] }],
  };
}

function tlsChain(port: GatewayPort, bound: BoundServer, policies: readonly HttpFilter[]): FilterChain {
  const names = hostNames(bound.server);
  return {
    name: gatewayRouteName(port, bound),
    // A server for every host needs no SNI.
    filterChainMatch: { transportProtocol: 'tls', ...(names.includes('*') ? undefined : { serverNames: names }) },
    filters: [filterOf(port, bound, policies)],
    transportSocket: gatewayServerSocket(bound.server.tls ?? {}),
  };
}

function filterOf(port: GatewayPort, bound: BoundServer, policies: readonly HttpFilter[]): FilterChain['filters'][number] {
  return httpFilterOf({ statPrefix: `outbound_${port.bind}_${port.port}`, routes: routesByName(gatewayRouteName(port, bound)), policies, isClientSide: true, clientCertificate: 'SANITIZE_SET', isEdge: true });
}

/** One port number bound on two addresses shares its plain route configuration; the first to name a host has it. */
function mergeByName(routes: readonly RouteConfiguration[]): RouteConfiguration[] {
  return [...Map.groupBy(routes, ({ name }) => name).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const hosts = new Map(group.flatMap(({ virtualHosts }) => virtualHosts).toReversed().map((host) => [host.domains.join(), host]));
    return [{ ...first, virtualHosts: [...hosts.values()].sort((a, b) => (a.name < b.name ? -1 : 1)) }];
  });
}
