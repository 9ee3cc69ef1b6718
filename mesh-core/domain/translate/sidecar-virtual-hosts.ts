import type { Route } from '../envoy/resources.ts';
import { hostMatches, isWildcardHost, mostSpecificHost } from '../resources/host-name.ts';
import { outboundClusterName } from './cluster-name.ts';
import { buildHttpRoutes, defaultRoute } from './http-routes.ts';
import { isHttpOrSniffed } from './port-protocol.ts';
import type { ProxyContext } from './proxy-context.ts';
import { hashPolicies } from './route-destination.ts';
import type { MeshPort, MeshService } from './service-registry.ts';
import { resolveVirtualServices, virtualServicesFor } from './virtual-services.ts';
import type { ResolvedVirtualService } from './virtual-services.ts';

/** What one host at one port does; domains are added by the route configuration it goes into. */
export interface HostRoutes {
  readonly hostname: string;
  readonly port: number;
  /** Absent: a host that only a VirtualService knows. */
  readonly service?: MeshService;
  readonly routes: readonly Route[];
}

/** Looks up the mesh's VirtualServices for one sidecar. */
export interface MeshRouting {
  readonly virtualServices: readonly ResolvedVirtualService[];
  /** The one VirtualService that speaks for a service: exact host before wildcard, longer before shorter, then by order. */
  readonly ownerOf: (hostname: string) => ResolvedVirtualService | undefined;
}

/** Prepares the lookup: VirtualServices bound to `mesh` that the proxy sees. */
export function meshRouting({ snapshot, node }: ProxyContext): MeshRouting {
  const virtualServices = virtualServicesFor(resolveVirtualServices(snapshot.virtualServices), 'mesh', node.namespace);
  const byHost = new Map<string, ResolvedVirtualService>();
  for (const virtualService of virtualServices) {
    for (const host of virtualService.hosts) if (!byHost.has(host)) byHost.set(host, virtualService);
  }
  const wildcards = [...byHost.keys()].filter(isWildcardHost);
  return { virtualServices, ownerOf: (hostname) => byHost.get(hostname) ?? byHost.get(mostSpecificHost(wildcards, hostname) ?? '') };
}

/**
 * What every host does at one port: first hosts with a VirtualService (a host's first one wins, later ones are dropped),
 * then services without. Hosts outside the registry get a place only at port 80, as in Istio.
 * Source: istiod's BuildSidecarVirtualHostWrapper.
 */
export function hostRoutesAt(context: ProxyContext, routing: MeshRouting, listenPort: number): HostRoutes[] {
  const services = new Map<string, { readonly service: MeshService; readonly port: MeshPort }>();
  for (const service of context.services) {
    const port = service.ports.find(({ number }) => number === listenPort);
    if (port !== undefined) services.set(service.hostname, { service, port });
  }
  const hosts = new Map<string, HostRoutes>();
  const add = (entry: HostRoutes): void => {
    if (!hosts.has(entry.hostname)) hosts.set(entry.hostname, entry);
  };
  for (const virtualService of routing.virtualServices) {
    if (listenPort !== 80 && !virtualService.hosts.some((host) => touchesRegistry(host, services))) continue;
    const routes = buildHttpRoutes(virtualService.resource, { node: context.node, gateway: 'mesh', listenPort, isTls: false, lookups: context });
    if (routes.length === 0) continue;
    const { matched, unknown } = splitHosts(virtualService, services, routing);
    const http = matched.map((hostname) => services.get(hostname)).filter((found) => found !== undefined && isHttpOrSniffed(found.port.protocol));
    if (http.length === 0 && listenPort !== 80) continue;
    for (const hostname of unknown) add({ hostname, port: listenPort, routes });
    for (const found of http) if (found !== undefined) add({ hostname: found.service.hostname, port: listenPort, service: found.service, routes });
  }
  for (const { service, port } of services.values()) {
    if (isHttpOrSniffed(port.protocol)) add({ hostname: service.hostname, port: listenPort, service, routes: [serviceRoute(service, port, context)] });
  }
  return [...hosts.values()];
}

/** The ports at which the proxy's hosts speak HTTP, and port 80. */
export function httpPorts({ services }: ProxyContext): number[] {
  const numbers = services.flatMap(({ ports }) => ports.filter(({ protocol }) => isHttpOrSniffed(protocol)).map(({ number }) => number));
  return [...new Set([80, ...numbers])].sort((a, b) => a - b);
}

function touchesRegistry(host: string, services: ReadonlyMap<string, unknown>): boolean {
  return services.has(host) || [...services.keys()].some((hostname) => (isWildcardHost(host) || isWildcardHost(hostname)) && hostMatches(host, hostname));
}

function splitHosts(virtualService: ResolvedVirtualService, services: ReadonlyMap<string, unknown>, routing: MeshRouting): { readonly matched: string[]; readonly unknown: string[] } {
  const matched: string[] = [];
  const unknown: string[] = [];
  for (const host of virtualService.hosts) {
    if (!isWildcardHost(host)) (services.has(host) ? matched : unknown).push(host);
    else {
      const covered = [...services.keys()].filter((hostname) => hostMatches(host, hostname));
      if (covered.length === 0 && host !== '*') unknown.push(host);
      matched.push(...covered.filter((hostname) => routing.ownerOf(hostname) === virtualService));
    }
  }
  return { matched, unknown };
}

function serviceRoute(service: MeshService, port: MeshPort, context: ProxyContext): Route {
  const hash = hashPolicies([{ destination: { host: service.hostname, port: { number: port.number } } }], context);
  return defaultRoute(outboundClusterName(port.number, '', service.hostname), hash);
}
