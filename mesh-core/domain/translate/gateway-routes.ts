import type { Route, RouteConfiguration, VirtualHost } from '../envoy/resources.ts';
import { gatewayHostsFor, intersectHosts } from '../resources/host-name.ts';
import { hostNames } from './gateway-servers.ts';
import type { BoundServer, GatewayPort } from './gateway-servers.ts';
import { buildHttpRoutes } from './http-routes.ts';
import type { ProxyContext } from './proxy-context.ts';
import { isCatchAll } from './route-match.ts';
import { resolveVirtualServices, virtualServicesFor } from './virtual-services.ts';

/** One host while its routes are gathered. */
interface OpenHost {
  readonly name: string;
  readonly routes: Route[];
  /** VirtualServices that have spoken for it, so that two Gateways do not add one twice. */
  readonly from: Set<string>;
  requireTls: boolean;
}

/** `http.8080` for plain ports; a server that ends TLS has one of its own, told apart by port name and Gateway. */
export function gatewayRouteName(port: GatewayPort, { server, gateway }: BoundServer): string {
  if (port.kind === 'http') return `http.${port.port}`;
  const [namespace = '', name = ''] = gateway.split('/');
  return `https.${server.port.number}.${server.port.name}.${name}.${namespace}`;
}

/**
 * The hosts that some servers of one gateway port serve: those that both a server and a VirtualService bound to its
 * Gateway name. Several VirtualServices of a host add up, oldest first, what takes every request last. A server with
 * `httpsRedirect` answers 301 for all its hosts, with or without VirtualService. Nothing bound at all: 404 for any host.
 * Source: istiod's buildGatewayHTTPRouteConfig.
 */
export function buildGatewayRoutes(context: ProxyContext, name: string, servers: readonly BoundServer[], isTls: boolean): RouteConfiguration {
  const { node, snapshot } = context;
  const resolved = resolveVirtualServices(snapshot.virtualServices);
  const hosts = new Map<string, OpenHost>();
  const open = (host: string, port: number): OpenHost => {
    const found = hosts.get(host) ?? { name: `${host}:${port}`, routes: [], from: new Set<string>(), requireTls: false };
    hosts.set(host, found);
    return found;
  };
  for (const { server, gateway, gatewayNamespace } of servers) {
    const listenPort = server.port.number;
    for (const virtualService of virtualServicesFor(resolved, gateway, node.namespace)) {
      const common = intersectHosts(gatewayHostsFor(server.hosts, virtualService.namespace, gatewayNamespace), virtualService.hosts);
      if (common.length === 0) continue;
      const routes = buildHttpRoutes(virtualService.resource, { node, gateway, listenPort, isTls, lookups: context });
      const key = `${virtualService.namespace}/${virtualService.resource.metadata.name}`;
      for (const host of common) {
        const entry = open(host, listenPort);
        if (!entry.from.has(key)) entry.routes.push(...routes);
        entry.from.add(key);
      }
    }
    if (!isTls && server.tls?.httpsRedirect === true) for (const host of hostNames(server)) open(host, listenPort).requireTls = true;
  }
  const virtualHosts = [...hosts].map(([host, entry]) => virtualHostOf(host, entry)).sort((a, b) => (a.name < b.name ? -1 : 1));
  const [first] = servers;
  return { name, virtualHosts: virtualHosts.length > 0 ? virtualHosts : [{ name: `blackhole:${first?.server.port.number ?? 0}`, domains: ['*'], routes: [] }], validateClusters: false, ignorePortInHostMatching: true };
}

function virtualHostOf(host: string, { name, routes, requireTls }: OpenHost): VirtualHost {
  const narrow = routes.filter(({ match }) => !isCatchAll(match));
  const wide = routes.filter(({ match }) => isCatchAll(match));
  return { name, domains: [host], routes: [...narrow, ...wide], includeRequestAttemptCount: true, ...(requireTls ? { requireTls: 'ALL' } : undefined) };
}
