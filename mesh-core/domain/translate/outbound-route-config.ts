import type { RouteConfiguration, VirtualHost } from '../envoy/resources.ts';
import { PASSTHROUGH_CLUSTER } from './cluster-name.ts';
import { compareText } from './config-order.ts';
import type { MeshSettings } from './mesh-snapshot.ts';
import type { ProxyContext } from './proxy-context.ts';
import { hostRoutesAt, httpPorts, meshRouting } from './sidecar-virtual-hosts.ts';
import type { HostRoutes } from './sidecar-virtual-hosts.ts';
import { CATCH_ALL } from './route-match.ts';
import { alternateHosts, bracketed, serviceDomains } from './virtual-host-domains.ts';

/** The route configuration of a sidecar's outbound HTTP proxy, istiod's name for it. */
export const HTTP_PROXY_ROUTES = 'http_proxy';

/**
 * All hosts that a sidecar's app may call through its HTTP proxy. A domain carries its port; without one it means port 80,
 * or the service's only port. Source: istiod's BuildSidecarOutboundVirtualHosts for an HTTP_PROXY listener.
 */
export function buildHttpProxyRoutes(context: ProxyContext): RouteConfiguration {
  const routing = meshRouting(context);
  const entries = httpPorts(context).flatMap((port) => hostRoutesAt(context, routing, port));
  // Port 80 first: who asks for a host without a port means it.
  const ordered = entries.toSorted((a, b) => Number(b.port === 80) - Number(a.port === 80));
  const domainsFor = (entry: HostRoutes, base: readonly string[]): string[] => {
    const isImplied = entry.port === 80 || entry.service?.ports.length === 1;
    return base.flatMap((domain) => (isImplied ? [domain, `${domain}:${entry.port}`] : [`${domain}:${entry.port}`]));
  };
  return { name: HTTP_PROXY_ROUTES, virtualHosts: [...buildVirtualHosts(ordered, context, domainsFor), catchAllVirtualHost(context.snapshot.mesh)], validateClusters: false };
}

/** As istiod answers for a captured port: the hosts of that port, whatever port the Host header says. */
export function buildPortRoutes(context: ProxyContext, port: number): RouteConfiguration {
  const entries = hostRoutesAt(context, meshRouting(context), port);
  return { name: String(port), virtualHosts: [...buildVirtualHosts(entries, context, (_, base) => [...base]), catchAllVirtualHost(context.snapshot.mesh)], validateClusters: false, ignorePortInHostMatching: true };
}

/** A host outside the registry: passed on to wherever it says, or refused with 502. */
function catchAllVirtualHost({ outboundTrafficPolicy }: MeshSettings): VirtualHost {
  const name = outboundTrafficPolicy === 'ALLOW_ANY' ? 'allow_any' : 'block_all';
  const target = outboundTrafficPolicy === 'ALLOW_ANY' ? { route: { cluster: PASSTHROUGH_CLUSTER, timeout: '0s' } } : { directResponse: { status: 502 } };
  return { name, domains: ['*'], routes: [{ name, match: CATCH_ALL, ...target }], includeRequestAttemptCount: true };
}

/** No domain may stand in two virtual hosts; a short form never takes the full name of another host. */
function buildVirtualHosts(entries: readonly HostRoutes[], { node }: ProxyContext, domainsFor: (entry: HostRoutes, base: readonly string[]) => string[]): VirtualHost[] {
  const taken = new Set<string>();
  const fullNames = new Set(entries.filter(({ service }) => service !== undefined).map(({ hostname }) => hostname));
  const virtualHosts = entries.map((entry): VirtualHost => {
    const short = new Set(alternateHosts(entry.hostname, node.namespace));
    const base = entry.service === undefined ? [bracketed(entry.hostname)] : serviceDomains(entry.service, node.namespace).filter((domain) => !(short.has(domain) && fullNames.has(domain)));
    const domains = domainsFor(entry, base).filter((domain) => !taken.has(domain));
    for (const domain of domains) taken.add(domain);
    return { name: `${entry.hostname}:${entry.port}`, domains, routes: entry.routes, includeRequestAttemptCount: true };
  });
  return virtualHosts.filter(({ domains }) => domains.length > 0).sort((a, b) => compareText(a.name, b.name));
}
