import type { Route } from '../envoy/resources.ts';
import { hostMatches, isWildcardHost } from '../resources/host-name.ts';
import { outboundClusterName } from './cluster-name.ts';
import { buildHttpRoutes, defaultRetriesOf, defaultRoute } from './http-routes.ts';
import { isHttpOrSniffed } from './port-protocol.ts';
import type { ProxyContext } from './proxy-context.ts';
import { serviceHashPolicy } from './route-destination.ts';
import type { RouteLookups } from './route-destination.ts';
import type { MeshPort, MeshService } from './service-registry.ts';
import type { EgressScope } from './sidecar-scope.ts';
import type { ResolvedVirtualService } from './virtual-services.ts';

/** What one host at one port does; domains are added by the route configuration it goes into. */
export interface HostRoutes {
  readonly hostname: string;
  readonly port: number;
  /** Absent: a host that only a VirtualService knows. */
  readonly service?: MeshService;
  readonly routes: readonly Route[];
}
/** How destinations without a port find theirs: among the services of the listener's port, as istiod does, or among all. */
export type DestinationLookup = 'at-port' | 'anywhere';

interface ServiceAtPort {
  readonly service: MeshService;
  readonly port: MeshPort;
}

/**
 * What every host does at one port: first hosts with a VirtualService (a host's first one wins, later ones are dropped),
 * then services without. Hosts outside the registry get a place only at port 80, as in Istio.
 * Source: istiod's BuildSidecarOutboundVirtualHosts and BuildSidecarVirtualHostWrapper.
 */
export function hostRoutesAt(context: ProxyContext, egress: EgressScope, listenPort: number, lookup: DestinationLookup): HostRoutes[] {
  const services = servicesAt(egress, listenPort);
  const lookups: RouteLookups = lookup === 'anywhere' ? context : { findService: (hostname) => trimmed(services.get(hostname.toLowerCase())), destinationRuleOf: context.destinationRuleOf, serviceOf: context.findService };
  const hosts = new Map<string, HostRoutes>();
  const add = (entry: HostRoutes): void => {
    if (!hosts.has(entry.hostname)) hosts.set(entry.hostname, entry);
  };
  const wildcardServices = [...services.keys()].filter(isWildcardHost);
  for (const virtualService of egress.virtualServices) {
    if (listenPort !== 80 && !virtualService.hosts.some((host) => touchesRegistry(host, services, wildcardServices))) continue;
    const { matched, unknown } = splitHosts(virtualService, services, egress);
    const http = matched.flatMap((hostname) => services.get(hostname) ?? []).filter(({ port }) => isHttpOrSniffed(port.protocol));
    if (http.length === 0 && listenPort !== 80) continue;
    if (virtualService.semantics === 'gateway' && !matched.some((hostname) => isRoutedFor(virtualService, services.get(hostname), context))) continue;
    const routes = buildHttpRoutes(virtualService, { node: context.node, gateway: 'mesh', listenPort, isTls: false, lookups, ...defaultRetriesOf(context) });
    if (routes.length === 0) continue;
    for (const hostname of unknown) add({ hostname, port: listenPort, routes });
    for (const { service } of http) add({ hostname: service.hostname, port: listenPort, service, routes });
  }
  for (const { service, port } of services.values()) {
    if (isHttpOrSniffed(port.protocol) && service.resolution !== 'alias' && !hosts.has(service.hostname)) add({ hostname: service.hostname, port: listenPort, service, routes: [serviceRoute(service, port, context)] });
  }
  return [...hosts.values()];
}

/** The ports at which a listener's services speak HTTP, and port 80. */
export function httpPorts({ services }: EgressScope): number[] {
  const numbers = services.flatMap(({ ports }) => ports.filter(({ protocol }) => isHttpOrSniffed(protocol)).map(({ number }) => number));
  return [...new Set([80, ...numbers])].sort((a, b) => a - b);
}

function servicesAt({ services }: EgressScope, listenPort: number): ReadonlyMap<string, ServiceAtPort> {
  const found = new Map<string, ServiceAtPort>();
  for (const service of services) {
    const port = service.ports.find(({ number }) => number === listenPort);
    const known = found.get(service.hostname);
    if (port !== undefined && (known === undefined || (known.service.source !== 'service' && service.source === 'service'))) found.set(service.hostname, { service, port });
  }
  return found;
}

function trimmed(found: ServiceAtPort | undefined): MeshService | undefined {
  return found === undefined || found.service.ports.length === 1 ? found?.service : { ...found.service, ports: [found.port] };
}

/** A Gateway API route counts for callers of its own namespace and for services of its own namespace. */
function isRoutedFor({ namespace }: ResolvedVirtualService, found: ServiceAtPort | undefined, { node }: ProxyContext): boolean {
  return found !== undefined && (found.service.namespace === namespace || node.namespace === namespace);
}

function touchesRegistry(host: string, services: ReadonlyMap<string, unknown>, wildcardServices: readonly string[]): boolean {
  if (services.has(host)) return true;
  if (isWildcardHost(host)) return [...services.keys()].some((hostname) => hostMatches(host, hostname));
  return wildcardServices.some((hostname) => hostMatches(host, hostname));
}

function splitHosts(virtualService: ResolvedVirtualService, services: ReadonlyMap<string, unknown>, egress: EgressScope): { readonly matched: string[]; readonly unknown: string[] } {
  const matched: string[] = [];
  const unknown: string[] = [];
  for (const host of virtualService.hosts) {
    if (!isWildcardHost(host)) (services.has(host) ? matched : unknown).push(host);
    else if (virtualService.semantics === 'gateway') unknown.push(host);
    else {
      const covered = [...services.keys()].filter((hostname) => hostMatches(host, hostname));
      // `*` is where hosts go that nobody knows.
      if (covered.length === 0 && host !== '*') unknown.push(host);
      matched.push(...covered.filter((hostname) => egress.ownerOf(hostname) === virtualService));
    }
  }
  return { matched, unknown };
}

function serviceRoute(service: MeshService, port: MeshPort, { destinationRuleOf, snapshot }: ProxyContext): Route {
  return defaultRoute(outboundClusterName(port.number, '', service.hostname), serviceHashPolicy(destinationRuleOf(service), port.number), snapshot.mesh.defaultHttpRetryPolicy);
}
