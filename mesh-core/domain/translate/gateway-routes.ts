import type { Route, RouteConfiguration, VirtualHost } from '../envoy/resources.ts';
import { compareHostSpecificity, gatewayHostsFor, intersectHosts } from '../resources/host-name.ts';
import { compareText, isVisibleIn } from './config-order.ts';
import type { BoundServer } from './gateway-servers.ts';
import { buildHttpRoutes, defaultRetriesOf } from './http-routes.ts';
import type { ProxyContext } from './proxy-context.ts';
import type { RouteLookups } from './route-destination.ts';
import { isCatchAll } from './route-match.ts';
import { resolveVirtualServices, virtualServicesFor } from './virtual-services.ts';
import type { ResolvedVirtualService } from './virtual-services.ts';

/** One host while its routes are gathered. */
interface OpenHost {
  readonly name: string;
  readonly host: string;
  readonly routes: Route[];
  /** VirtualServices (by Gateway) that have spoken for it, so that two servers do not add one twice. */
  readonly from: Set<string>;
  requireTls: boolean;
}

/**
 * The hosts that some servers of one gateway port serve: those that both a server and a VirtualService bound to its
 * Gateway name. Several VirtualServices of a host add up, oldest first, what takes every request last. A server with
 * `httpsRedirect` answers 301 for all its hosts, with or without VirtualService. Hosts with the very same routes share a
 * virtual host. Nothing bound at all: 404 for any host. Source: istiod's buildGatewayHTTPRouteConfig.
 */
export function buildGatewayRoutes(context: ProxyContext, name: string, servers: readonly BoundServer[]): RouteConfiguration {
  const { node, snapshot } = context;
  const resolved = resolveVirtualServices(snapshot.virtualServices);
  const hosts = new Map<string, OpenHost>();
  const open = (host: string, port: number): OpenHost => {
    const found = hosts.get(host) ?? { name: `${host}:${port}`, host, routes: [], from: new Set<string>(), requireTls: false };
    hosts.set(host, found);
    return found;
  };
  const built = new Map<string, readonly Route[]>();
  for (const { server, gateway, hosts: serverHosts, gatewayNamespace } of servers) {
    const listenPort = server.port.number;
    const redirects = server.tls?.httpsRedirect === true;
    for (const virtualService of virtualServicesFor(resolved, gateway, node.namespace)) {
      const common = intersectHosts(gatewayHostsFor(serverHosts, virtualService.namespace, gatewayNamespace), virtualService.hosts);
      if (common.length === 0) continue;
      const key = `${gateway} ${virtualService.key}`;
      const routes = built.get(key) ?? buildHttpRoutes(virtualService, { node, gateway, listenPort, isTls: server.tls !== undefined, lookups: lookupsFor(context, virtualService), ...defaultRetriesOf(context) });
      built.set(key, routes);
      if (routes.length === 0) continue;
      for (const host of common) {
        const entry = open(host.toLowerCase(), listenPort);
        if (!entry.from.has(key)) entry.routes.push(...routes);
        entry.from.add(key);
        entry.requireTls ||= redirects;
      }
    }
    // Namespaces of hosts stay in their names here, as in istiod: no request has such a Host.
    if (redirects) for (const host of serverHosts) open(host.slice(host.indexOf('/') + 1).toLowerCase(), listenPort).requireTls = true;
  }
  const virtualHosts = collapsed([...hosts.values()]).sort((a, b) => compareText(a.name, b.name));
  const [first] = servers;
  return { name, virtualHosts: virtualHosts.length > 0 ? virtualHosts : [{ name: `blackhole:${first?.server.port.number ?? 0}`, domains: ['*'], routes: [] }], validateClusters: false, ignorePortInHostMatching: true };
}

/** Destinations are looked for in the rule's own namespace first. Source: istiod's buildNameToServiceMapForHTTPRoutes. */
export function lookupsFor(context: ProxyContext, { namespace }: Pick<ResolvedVirtualService, 'namespace'>): RouteLookups {
  const { registry, node, findService, destinationRuleOf } = context;
  const own = (hostname: string): ReturnType<typeof findService> => registry.claims(hostname.toLowerCase()).find((service) => service.namespace === namespace && isVisibleIn(service.visibility, node.namespace));
  return { findService: (hostname) => own(hostname) ?? findService(hostname), destinationRuleOf };
}

/** The first host, by how narrow it is, gives its name. */
function collapsed(hosts: readonly OpenHost[]): VirtualHost[] {
  const shared: { readonly routes: readonly Route[]; readonly requireTls: boolean; readonly host: VirtualHost & { readonly domains: string[] } }[] = [];
  for (const entry of hosts.toSorted((a, b) => compareHostSpecificity(a.host, b.host))) {
    const same = shared.find(({ routes, requireTls }) => requireTls === entry.requireTls && routes.length === entry.routes.length && routes.every((route, index) => route === entry.routes[index]));
    if (same !== undefined) {
      same.host.domains.push(entry.host);
      continue;
    }
    const narrow = entry.routes.filter(({ match }) => !isCatchAll(match));
    const wide = entry.routes.filter(({ match }) => isCatchAll(match));
    shared.push({ routes: entry.routes, requireTls: entry.requireTls, host: { name: entry.name, domains: [entry.host], routes: [...narrow, ...wide], includeRequestAttemptCount: true, ...(entry.requireTls ? { requireTls: 'ALL' as const } : undefined) } });
  }
  return shared.map(({ host }) => host);
}
