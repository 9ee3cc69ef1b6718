import type { FilterChain, Listener, RouteConfiguration } from '../envoy/resources.ts';
import { buildGatewayRoutes } from './gateway-routes.ts';
import { hostNames, isPassthrough, mergeGateways, terminatesHttps } from './gateway-servers.ts';
import type { BoundServer, GatewayPort } from './gateway-servers.ts';
import { gatewayStreamChains } from './gateway-stream-chains.ts';
import type { GatewayStreamScope } from './gateway-stream-chains.ts';
import { LOOPBACK, TLS_DETECTION, httpFilterOf, routesByName } from './http-listener.ts';
import { WILDCARD } from './inbound-ports.ts';
import { chainMatch } from './outbound-chain.ts';
import type { ChainOptions } from './outbound-chain.ts';
import { isHttp } from './port-protocol.ts';
import type { ProxyContext } from './proxy-context.ts';
import { proxyPolicies } from './proxy-policies.ts';
import { serverTlsSocket } from './server-tls-socket.ts';

export interface GatewayResources {
  readonly listeners: readonly Listener[];
  readonly routes: readonly RouteConfiguration[];
}

/**
 * The listeners of a gateway proxy, one per port and address that Gateway objects open on it, and their route
 * configurations. The gateway's own policies are judged before routing. A port whose servers lead nowhere is not opened.
 * Source: istiod's buildGatewayListeners.
 */
export function buildGateway(context: ProxyContext): GatewayResources {
  const { ports, serversByRoute } = mergeGateways(context);
  const policies = proxyPolicies(context);
  const takenNames = new Map<string, Set<string>>();
  const byAddress = new Map<string, { readonly bind: string; readonly number: number; readonly chains: FilterChain[] }>();
  for (const port of ports) {
    const bind = port.bind || (context.isIntercepted ? WILDCARD : LOOPBACK);
    const name = `${bind}_${port.number}`;
    const scope: GatewayStreamScope = { context, policies, takenNames, listenPort: port.number };
    const listener = byAddress.get(name) ?? { bind, number: port.number, chains: [] };
    listener.chains.push(...chainsOf(scope, port, name));
    byAddress.set(name, listener);
  }
  // istiod gives these chains no names; the bundled proxy says them where it tells what it runs.
  const named = (chains: readonly FilterChain[]): readonly FilterChain[] => (context.isIntercepted ? chains.map(({ name: _name, ...chain }) => chain) : chains);
  const listeners = [...byAddress].filter(([, { chains }]) => chains.length > 0).map(([name, { bind, number, chains }]) => listenerOf(name, bind, number, named(chains)));
  return { listeners, routes: [...serversByRoute].map(([name, servers]) => buildGatewayRoutes(context, name, servers)) };
}

function listenerOf(name: string, bind: string, number: number, filterChains: readonly FilterChain[]): Listener {
  const needsTls = filterChains.some(({ transportSocket, filterChainMatch }) => transportSocket !== undefined || filterChainMatch?.serverNames !== undefined);
  return { name, address: { socketAddress: { address: bind, portValue: number } }, trafficDirection: 'OUTBOUND', ...(needsTls ? { listenerFilters: TLS_DETECTION } : undefined), filterChains };
}

/** Servers that share a plain HTTP port share its one chain; any other has chains of its own, told apart by SNI. */
function chainsOf(scope: GatewayStreamScope, { protocol, servers }: GatewayPort, listener: string): FilterChain[] {
  const [first] = servers;
  if (first === undefined) return [];
  if (isHttp(protocol)) return [{ name: listener, filters: httpFilters(scope, first, `outbound_${listener}`) }];
  return servers.flatMap((bound) => {
    if (!terminatesHttps(bound.server)) return gatewayStreamChains(scope, bound).map((chain, index) => streamChain(bound, chain, `${listener}_${bound.gateway}_${bound.server.port.name}_${index}`));
    const chain: ChainOptions = { sniHosts: [...new Set(hostNames(bound))].sort(), filters: httpFilters(scope, bound, bound.server.name ?? `outbound_${listener}`) };
    return [{ name: bound.routeName, ...matchOf(chain), filters: chain.filters, transportSocket: serverTlsSocket(bound.server.tls ?? {}, false) }];
  });
}

function streamChain({ server }: BoundServer, chain: ChainOptions, name: string): FilterChain {
  return { name, ...matchOf(chain), filters: chain.filters, ...(server.tls === undefined || isPassthrough(server) ? undefined : { transportSocket: serverTlsSocket(server.tls, true) }) };
}

function matchOf(chain: ChainOptions): Pick<FilterChain, 'filterChainMatch'> {
  const filterChainMatch = chainMatch(chain);
  return filterChainMatch === undefined ? {} : { filterChainMatch };
}

function httpFilters({ policies }: GatewayStreamScope, { routeName }: BoundServer, statPrefix: string): FilterChain['filters'] {
  return [httpFilterOf({ statPrefix, routes: routesByName(routeName), policies: policies.http, isClientSide: true, clientCertificate: 'SANITIZE_SET', isEdge: true })];
}
